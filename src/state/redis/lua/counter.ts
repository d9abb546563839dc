/**
 * Lua: one counter with its windows and the processes that use it, as `state/counter-windows.ts` and `state/shared/shared-counter.ts` have it. A counter `c` is what
 * is kept, `w` and `u`, and what a run of the script adds: its periods, the limits and ends that the process has reported, and sums over all processes.
 *
 * - `w`: the four windows in the order of WINDOW_NAMES, each false while nothing makes it known
 * - `u`: by process a list: running, booked of each window, the end of its lease or -1 where that is over, when it last used the counter, and as texts its limits and its
 *   ends. The texts are read only where a lease has ended.
 */
export const COUNTER = `
local USER_MS, CONFLICT_MS = 600000, 60000
local MINUTE, HOUR, DAY = 60000, 3600000, 86400000
local CONCURRENCY = 5

-- Rules are whether the minute rolls, how the day resets (0 rolling, 1 at midnight in UTC, 2 elsewhere), and whether what is used refills.
local function periodsOf(rules)
  local periods = {}
  for i = 1, 4 do
    local daily = i > 2
    local span = daily and DAY or MINUTE
    local rolling = rules[1] == 1
    if daily then rolling = rules[2] == 0 end
    local refills = rules[3] == 1 and rolling
    periods[i] = { span = span, step = span / 60, lifetime = daily and 25 * HOUR or HOUR, rolling = rolling, refills = refills }
  end
  return periods
end

-- Midnight in a time zone is what the process has reported; where that has passed since, the next one is a day later.
local function endOf(c, i, now)
  local p = c.periods[i]
  if p.rolling then return now + p.span end
  if i > 2 and c.rules[2] == 2 then
    if c.ends[i] < 0 then return now + p.span end
    return c.ends[i] - SKEW > now and c.ends[i] or c.ends[i] + p.span
  end
  return (floor(now / p.span) + 1) * p.span + SKEW
end

local function openWindow(c, i)
  local w = c.w[i]
  if w then return w end
  c.w[i] = newWindow()
  return c.w[i]
end

-- A limit below 0 is absent.
local function limitOf(c, i, limits)
  local w = c.w[i]
  if w and w.l then return w.l end
  return limits[i] >= 0 and limits[i] or nil
end

local function sumUp(c)
  local running, reserved = 0, { 0, 0, 0, 0 }
  for _, user in pairs(c.u) do
    running = running + user[1]
    for i = 1, 4 do reserved[i] = reserved[i] + user[i + 1] end
  end
  c.running = running
  c.reserved = running > 0 and reserved or { 0, 0, 0, 0 }
end

local function book(c, process, tokens)
  local user, reserved = c.u[process], c.reserved
  c.running = c.running + 1
  user[1] = user[1] + 1
  for i = 1, 4 do
    local amount = (i == 2 or i == 4) and tokens or 1
    user[i + 1] = user[i + 1] + amount
    reserved[i] = reserved[i] + amount
  end
end

local function numbersOf(text)
  local numbers = {}
  for number in string.gmatch(text, '%S+') do numbers[#numbers + 1] = tonumber(number) end
  return numbers
end

local function spendBooked(c, user, now)
  local limits, ends = numbersOf(user[8]), numbersOf(user[9])
  for i = 1, 4 do
    local w = c.w[i]
    if w and ends[i] >= 0 then spend(w, c.periods[i], user[i + 1], ends[i], limitOf(c, i, limits), now) end
  end
  for i = 1, 5 do user[i] = 0 end
  user[6] = -1
end

-- Of several in the order of their ids: amounts that expire at almost the same time are summed up in the order in which they come.
local function expire(c, now)
  local ended
  for process, user in pairs(c.u) do
    if user[6] >= 0 and user[6] <= now then
      ended = ended or {}
      ended[#ended + 1] = process
    elseif user[6] < 0 and user[7] <= now - USER_MS then
      c.u[process] = nil
    end
  end
  if not ended then return false end
  table.sort(ended)
  for _, process in ipairs(ended) do
    local user = c.u[process]
    spendBooked(c, user, now)
    if user[7] <= now - USER_MS then c.u[process] = nil end
  end
  sumUp(c)
  return true
end

-- An obstacle is whether it is too large (1) or limited (0), the window, and the limit or the time of a retry, if that is known.
local function windowObstacle(c, i, known, tokens, minimum, now)
  local limit = known or HUGE
  local isTokens = i == 2 or i == 4
  if (isTokens and minimum or 1) > limit then return { 1, i, limit } end
  local amount = isTokens and min(tokens, limit) or 1
  local at = fitsAt(openWindow(c, i), c.periods[i], amount + c.reserved[i], limit, now)
  if at and at <= now then return nil end
  if not at and known and not isTokens then at = endOf(c, i, now) end
  return { 0, i, at }
end

local function anyObstacle(c, tokens, minimum, now)
  local found
  for i = 1, 4 do
    local limit = limitOf(c, i, c.limits)
    if limit or c.w[i] then
      local own = windowObstacle(c, i, limit, tokens, minimum, now)
      if own and recordBlocked(openWindow(c, i), c.periods[i], now) then
        own = windowObstacle(c, i, limitOf(c, i, c.limits), tokens, minimum, now)
      end
      if own and own[1] == 1 then return own end
      if own and (not found or (own[3] or 0) > (found[3] or 0)) then found = own end
    end
  end
  local most = c.limits[CONCURRENCY]
  if most < 0 or c.running < most or (found and found[3]) then return found end
  return { 0, CONCURRENCY }
end

local function obstacle(c, tokens, minimum, now)
  local found = anyObstacle(c, tokens, minimum, now)
  if not found or found[1] == 1 or not expire(c, now) then return found end
  return anyObstacle(c, tokens, minimum, now)
end
`;
