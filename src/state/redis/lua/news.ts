/** Lua: the time, which is the server's where a script is given none. ARGV[1] is milliseconds since the epoch, or empty. */
const NOW = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/**
 * Lua: keeps and publishes one change, as `put` of `state/shared/notice-board.ts`; answers 0 where it changes nothing. KEYS are the hash and the sorted set of
 * cooldowns, those of breakers, the last reload, and who probes the server. ARGV are the time, the kind, the key or the server, when it ends, the change as JSON, the
 * channel, the message, and the reasons that a reload forgives, each between two spaces.
 */
export const PUBLISH = `${NOW}
local MOST, FORGIVE, KEEP = 10000, 60000, 90000000
local kind, name, at = ARGV[2], ARGV[3], tonumber(ARGV[4])

local function remove(hash, ends, names)
  for _, each in ipairs(names) do
    redis.call('HDEL', hash, each)
    redis.call('ZREM', ends, each)
  end
end

local function put(hash, ends)
  redis.call('HSET', hash, name, ARGV[5])
  redis.call('ZADD', ends, ARGV[4], name)
  local over = redis.call('ZCARD', ends) - MOST
  if over > 0 then remove(hash, ends, redis.call('ZRANGE', ends, 0, over - 1)) end
  local last = tonumber(redis.call('ZRANGE', ends, -1, -1, 'WITHSCORES')[2])
  local keep = string.format('%.0f', math.min(math.max(last - now, 0), 40 * KEEP) + KEEP)
  redis.call('PEXPIRE', hash, keep)
  redis.call('PEXPIRE', ends, keep)
end

if kind == 'cooldown' then
  if tonumber(redis.call('ZSCORE', KEYS[2], name) or now) >= at then return 0 end
  remove(KEYS[1], KEYS[2], redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.17g', now), 'LIMIT', 0, 100))
  put(KEYS[1], KEYS[2])
elseif kind == 'breaker_open' then
  redis.call('DEL', KEYS[6])
  put(KEYS[3], KEYS[4])
elseif kind == 'breaker_closed' then
  redis.call('DEL', KEYS[6])
  redis.call('ZREM', KEYS[4], name)
  if redis.call('HDEL', KEYS[3], name) == 0 then return 0 end
else
  if now - tonumber(redis.call('GET', KEYS[5]) or -math.huge) < FORGIVE then return 0 end
  redis.call('SET', KEYS[5], string.format('%.17g', now), 'PX', FORGIVE)
  local kept = redis.call('HGETALL', KEYS[1])
  for i = 1, #kept, 2 do
    local reason = cjson.decode(kept[i + 1]).cooldown.reason
    if string.find(ARGV[8], ' ' .. reason .. ' ', 1, true) then remove(KEYS[1], KEYS[2], { kept[i] }) end
  end
end
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
`;

/** Lua: elects the process that may probe a server. KEYS is who probes it; ARGV are the time, the process and how long it may, in milliseconds. Answers 1 or 0. */
export const ELECT = `${NOW}
local kept = redis.call('GET', KEYS[1])
if kept then
  local retryAt, owner = string.match(kept, '^(%S+) (.*)$')
  if owner ~= ARGV[2] and tonumber(retryAt) > now then return 0 end
end
redis.call('SET', KEYS[1], string.format('%.17g', now + ARGV[3]) .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1
`;

/**
 * Lua: notes that a process lives. KEYS are the processes, the epoch, and those that have restored what they know; ARGV are the time, the process, an epoch where there is none,
 * and the epoch to which the process has restored what it knows. Answers the time, the epoch, and how many processes live and how many of them have restored.
 */
export const BEAT = `${NOW}
local GONE = 5000
local time = string.format('%.17g', now)
if redis.call('SET', KEYS[2], ARGV[3], 'NX') then redis.call('DEL', KEYS[3]) end
local epoch = redis.call('GET', KEYS[2])
redis.call('ZADD', KEYS[1], time, ARGV[2])
if ARGV[4] == epoch then redis.call('ZADD', KEYS[3], time, ARGV[2]) else redis.call('ZREM', KEYS[3], ARGV[2]) end
for _, key in ipairs({ KEYS[1], KEYS[3] }) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. string.format('%.17g', now - GONE))
  redis.call('PEXPIRE', key, 3600000)
end
return { time, epoch, redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[3]) }
`;
