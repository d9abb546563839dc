/**
 * Lua: one window, as `state/window.ts`, `state/window-corrections.ts` and `state/confirmed-limit.ts` have it. Beside what `lua/usage.ts` lists, a window has
 *
 * - `l`, `o`: its limit as it was reported, and where it was read: 1 in a refusal's text, 2 in headers
 * - `b`: since when no request has fitted
 * - `e`: until when it is empty, though its limit is not known
 * - `c`, `u`: all that was ever counted, and the part that no observation covers
 * - `r`, `d`: how often an observation has raised the count, and lowered it
 */
export const WINDOW = `
local SKEW = 1000

local function newWindow()
  return { s = {}, n = 0, e = 0, c = 0, u = 0, r = 0, d = 0 }
end

local function learn(w, limit)
  if w.o ~= 2 and limit > 0 then w.l, w.o = limit, 1 end
end

local function forget(w)
  local known = w.l ~= nil
  w.l, w.o, w.b = nil, nil, nil
  return known
end

local function recordBlocked(w, p, now)
  w.b = w.b or now
  return now - w.b > p.lifetime and forget(w)
end

local function spend(w, p, amount, expiry, limit, now)
  if amount <= 0 then return end
  w.b = nil
  w.c = w.c + amount
  w.u = w.u + amount
  if p.refills and limit and limit > 0 then addToBucket(w, p, amount, limit, now) else add(w, p, amount, expiry) end
end

local function observeEmpty(w, remaining, resetAt, raised)
  if remaining > 0 or w.l then
    if raised == w.r then w.e = 0 end
  elseif resetAt and resetAt > w.e then
    w.e = resetAt
    w.r = w.r + 1
  end
end

-- The mark is spent, unobserved, raised, lowered and end; of a window that did not exist yet it is false.
local function applyObservation(w, p, o, now)
  local remaining, resetAt, amount, expiry = o.remaining, o.resetAt, o.amount, o.expiry
  local mark = o.mark or { 0, 0, 0, 0, expiry }
  local fresh = mark[3] == w.r
  if remaining then observeEmpty(w, remaining, resetAt, mark[3]) end
  local last
  if p.rolling then last = resetAt or now + p.span else last = resetAt and resetAt + SKEW or mark[5] end
  if not w.l or not remaining or (last <= now and not p.refills) then return false end
  local before = total(w, p, now)
  local counted = last <= now and 0 or max(0, w.l - remaining)
  local since = w.c - mark[1]
  w.c = w.c + amount
  add(w, p, amount, expiry)
  local included = not fresh and mark[4] == w.d
  local expected = included and before or before + amount
  local most = fresh and counted + since or HUGE
  local target = max(counted + w.u - mark[2], min(expected, most))
  if target > expected then w.r = w.r + 1 end
  if target < expected then w.d = w.d + 1 end
  local notBefore = fresh and 0 or w.t or 0
  if p.refills then
    correctBucket(w, p, target, counted, max(last, now), notBefore, w.l, now)
  else
    correct(w, target, max(last, notBefore), now)
    if fresh and since == 0 and resetAt then cap(w, p, last) end
  end
  return true
end

local function observe(w, p, o, now)
  if o.limit and o.limit > 0 then w.l, w.o = o.limit, 2 end
  if not applyObservation(w, p, o, now) then spend(w, p, o.amount, o.expiry, w.l, now) end
end

local function resetAt(w, now)
  local last = max(lastExpiry(w), w.e)
  return last > now and last or nil
end

local function fitsAt(w, p, amount, limit, now)
  if amount > limit then return nil end
  local start = max(now, w.e)
  if start == now and total(w, p, now) + amount <= limit then
    w.b = nil
    return now
  end
  return fitsFrom(w, p, start, amount, limit)
end
`;
