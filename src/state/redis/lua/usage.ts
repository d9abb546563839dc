/**
 * Lua: what is used of one window, as `state/window-usage.ts` and `state/expiring-sums.ts` count it; the functions have the names that they have there. A window
 * `w` is a table that is kept as it is:
 *
 * - `s`: sums, each as amount, expiry and the expiry of its first amount, the next to expire first; `n`: all of them together
 * - `x`, `a`, `t`: the provider's surplus: how much, since when, until when; absent without one
 *
 * Its period `p` is a table with `span`, `step`, `lifetime`, `rolling` and `refills`.
 */
export const USAGE = `
local HUGE, min, max, floor, ceil = math.huge, math.min, math.max, math.floor, math.ceil
local MOST_USED = 2

local function removeFirst(w, count)
  if count == 0 then return end
  local s, kept = w.s, {}
  for i = 1, 3 * count, 3 do w.n = w.n - s[i] end
  for i = 3 * count + 1, #s do kept[#kept + 1] = s[i] end
  w.s = kept
  if #kept == 0 then w.n = 0 end
end

local function add(w, p, amount, expiry, first)
  if amount <= 0 then return end
  local s = w.s
  local at = #s
  while at > 0 and s[at - 1] > expiry do at = at - 3 end
  w.n = w.n + amount
  if at > 0 and expiry - s[at] < p.step then
    s[at - 2] = s[at - 2] + amount
    s[at - 1] = expiry
    return
  end
  for i = #s, at + 1, -1 do s[i + 3] = s[i] end
  s[at + 1], s[at + 2], s[at + 3] = amount, expiry, first or expiry
end

local function ownTotal(w, now)
  local s, at = w.s, 2
  while s[at] and s[at] <= now do at = at + 3 end
  removeFirst(w, (at - 2) / 3)
  return w.n
end

local function drop(w, amount)
  if amount <= 0 then return end
  local s, emptied = w.s, 0
  for i = 1, #s, 3 do
    if s[i] > amount then
      s[i] = s[i] - amount
      w.n = w.n - amount
      break
    end
    amount = amount - s[i]
    emptied = emptied + 1
  end
  removeFirst(w, emptied)
end

local function cap(w, p, time)
  local s, from, amount = w.s, nil, 0
  for i = 1, #s, 3 do
    if s[i + 1] > time then
      from = from or i
      amount = amount + s[i]
    end
  end
  if not from then return end
  local first = min(s[from + 2], time)
  for i = #s, from, -1 do s[i] = nil end
  w.n = w.n - amount
  add(w, p, amount, time, first)
end

local function setSurplus(w, used, at, expiry)
  w.x, w.a, w.t = used, at, expiry
end

local function surplusAt(w, p, time)
  if not w.x or time >= w.t then return 0 end
  if p.refills then return w.x * (w.t - time) / (w.t - w.a) end
  return w.x
end

local function total(w, p, now)
  if w.x and w.t <= now then setSurplus(w) end
  return ownTotal(w, now) + surplusAt(w, p, now)
end

local function addToBucket(w, p, amount, limit, now)
  local own = ownTotal(w, now)
  local before = total(w, p, now)
  drop(w, HUGE)
  local used = min(before, MOST_USED * limit) + amount
  local start = w.t or now
  setSurplus(w, used, now, min(start + p.span * (own + amount) / limit, now + p.span * used / limit))
end

local function correct(w, target, expiry, now)
  local own = ownTotal(w, now)
  drop(w, own - target)
  if target > own then setSurplus(w, target - own, now, expiry) else setSurplus(w) end
end

local function correctBucket(w, p, sum, counted, expiry, notBefore, limit, now)
  drop(w, HUGE)
  local used = min(sum, max(limit, counted))
  local rest = p.span * (used - counted) / limit
  local last = used > counted and max(expiry + rest, now + p.span * used / limit) or expiry
  if used > 0 then setSurplus(w, used, now, max(last, notBefore)) else setSurplus(w) end
end

local function lastExpiry(w)
  return max(w.s[#w.s - 1] or 0, w.t or 0)
end

local function surplusFitsAt(w, p, room)
  if not w.x or w.x <= room then return 0 end
  if not p.refills then return w.t end
  return min(w.t, ceil(w.t - (w.t - w.a) * room / w.x))
end

local function fitsFrom(w, p, start, amount, limit)
  local s, from, own = w.s, start, 0
  for i = 1, #s, 3 do
    if s[i + 1] > start then own = own + s[i] end
  end
  for i = 1, #s, 3 do
    if s[i + 1] > start then
      local at = max(from, surplusFitsAt(w, p, limit - amount - own))
      if own + amount <= limit and at < s[i + 1] then return at end
      from = s[i + 1]
      own = own - s[i]
    end
  end
  return max(from, surplusFitsAt(w, p, limit - amount))
end
`;
