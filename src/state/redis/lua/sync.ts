import { COUNTER } from './counter.ts';
import { USAGE } from './usage.ts';
import { WINDOW } from './window.ts';

/**
 * Lua: applies one SyncRequest, in one step, and answers it as `state/shared/account-counts.ts` does. KEYS are the number applied last of the process, and the
 * counters; ARGV is the request as `sync-text.ts` writes it. Needs Redis 6.2, for GET of SET. What is kept of a counter is packed by cmsgpack, so that amounts stay the
 * numbers that they are.
 */
export const SYNC = `${USAGE}${WINDOW}${COUNTER}
local KEEP, LONGEST = HOUR, 40 * DAY

local function load(key, report, now)
  local kept = redis.call('GET', key)
  local c = kept and cmsgpack.unpack(kept) or { w = { false, false, false, false }, u = {} }
  c.rules, c.limits, c.ends = report[1], report[2], report[5]
  c.periods = periodsOf(c.rules)
  return c
end

local function text(number)
  if not number then return 'null' end
  -- Without -0, which is another number in JSON.
  return string.format('%.17g', number + 0)
end

local function report(c, process, sent, leasedUntil, now)
  local booked, ends = sent[3], {}
  for i = 1, 4 do ends[i] = text(sent[5][i]) end
  c.u[process] = {
    booked[1], booked[2], booked[3], booked[4], booked[5], leasedUntil, now,
    table.concat(sent[2], ' '), table.concat(ends, ' '),
  }
  sumUp(c)
  for i = 1, 4 do
    if sent[2][i] >= 0 then openWindow(c, i) end
  end
end

local function change(c, sent, now)
  local kind, i = sent[1], sent[2]
  if kind == 3 then
    for each = 1, 4 do
      if c.w[each] then forget(c.w[each]) end
    end
  elseif kind == 2 then
    learn(openWindow(c, i), sent[3])
  elseif kind == 1 then
    local o = { limit = sent[3], remaining = sent[4], resetAt = sent[5], amount = sent[6], expiry = sent[7], mark = sent[8] }
    observe(openWindow(c, i), c.periods[i], o, now)
  else
    spend(openWindow(c, i), c.periods[i], sent[3], sent[4], sent[5], now)
  end
end

-- A take is the number of its parts, and of each its counter, its tokens and its least tokens.
local function take(counters, process, takes, at, now)
  local count, longest = takes[at], nil
  for part = 1, count do
    local from = at + 3 * part - 2
    local found = obstacle(counters[takes[from] + 1], takes[from + 1], takes[from + 2], now)
    if found then
      found[4] = part - 1
      if found[1] == 1 then return found end
      if not longest or (longest[3] or 0) < (found[3] or 0) then longest = found end
    end
  end
  if longest then return longest end
  for part = 1, count do
    local from = at + 3 * part - 2
    book(counters[takes[from] + 1], process, takes[from + 1])
  end
  return nil
end

local function status(c, process, now)
  expire(c, now)
  local users, place, conflict = 0, 0, 0
  local limits = c.u[process][8]
  for id, user in pairs(c.u) do
    if user[7] > now - USER_MS then
      users = users + 1
      if id < process then place = place + 1 end
      if user[8] ~= limits and user[7] > now - CONFLICT_MS then conflict = 1 end
    end
  end
  local parts = { users, place, conflict, text(c.running) }
  for i = 1, 4 do
    local w = c.w[i]
    if w then
      local used = total(w, c.periods[i], now) + c.reserved[i]
      local values = { i - 1, text(w.l), w.o or 0, text(used), text(c.reserved[i]), text(resetAt(w, now)) }
      values[7], values[8], values[9], values[10] = text(w.c), text(w.u), w.r, w.d
      parts[#parts + 1] = table.concat(values, ',')
    end
  end
  return '[' .. table.concat(parts, ',') .. ']'
end

local function keep(key, c, now)
  local last = now + MINUTE
  for i = 1, 4 do
    local w = c.w[i]
    if w then last = max(last, now + c.periods[i].span, resetAt(w, now) or 0) end
  end
  local packed = cmsgpack.pack({ w = c.w, u = c.u })
  redis.call('SET', key, packed, 'PX', string.format('%.0f', min(last - now, LONGEST) + KEEP))
end

local request = cjson.decode(ARGV[1])
local now, process, number = request[1], request[2], request[3]
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
end
local sentNumber = string.format('%.0f', number)
local applied = tonumber(redis.call('SET', KEYS[1], sentNumber, 'PX', DAY + KEEP, 'GET') or -1)
-- A request that was overtaken by a later one.
if applied > number then redis.call('SET', KEYS[1], string.format('%.0f', applied), 'PX', DAY + KEEP) end

local loaded, counters = {}, {}
for i, sent in ipairs(request[5]) do
  local key = KEYS[i + 1]
  local c = loaded[key] or load(key, sent)
  loaded[key], counters[i] = c, c
  report(c, process, sent, now + request[4], now)
  if number > applied then
    for _, each in ipairs(sent[4]) do change(c, each, now) end
  end
end

local takes, answers, at = request[6], {}, 1
while takes[at] do
  local refused = take(counters, process, takes, at, now)
  answers[#answers + 1] = refused and '[' .. refused[4] .. ',' .. refused[1] .. ',' .. refused[2] - 1 .. ',' .. text(refused[3]) .. ']' or '0'
  at = at + 1 + 3 * takes[at]
end

local states = {}
for i, c in ipairs(counters) do states[i] = status(c, process, now) end
for key, c in pairs(loaded) do keep(key, c, now) end
return '[' .. text(now) .. ',[' .. table.concat(states, ',') .. '],[' .. table.concat(answers, ',') .. ']]'
`;
