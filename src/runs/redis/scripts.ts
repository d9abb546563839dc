/**
 * What is done in Redis in one step. The keys of a run are those of `RunKeys`, in the order `record`, `events`, `owner`. An entry of its events has the number of the last
 * one as its id, and the members `f`: the number of the first one, `e`: their bytes; with a failed run's last one also `c`: the error's code, and `x`: the failure in events
 * of the operation's API.
 */
export const RUN_SCRIPTS = Object.freeze({
  /**
   * Begins to write a run, or goes on. Arguments: the process, the milliseconds for which it counts as alive, those for which all is kept, and members of the record. Returns
   * the number of the last event that is written, or -1 where the run is not this process's (any more).
   */
  open: `
    local owner = redis.call('HGET', KEYS[1], 'owner')
    if owner and owner ~= ARGV[1] then return -1 end
    redis.call('HSET', KEYS[1], 'owner', ARGV[1], unpack(ARGV, 4))
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
    local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    return newest and tonumber(string.match(newest[1], '^%d+')) or 0`,
  /**
   * Adds entries to runs of a process; of a Cluster to one run. Keys: their records, from which those of the others follow. Arguments: the process, the milliseconds for which
   * it counts as alive, then for each run a text of numbers (the milliseconds for which all is kept; whether the run is over; whether to renew what \`open\` has set; the numbers
   * of the last and of the first event, or 0; the number before which events are dropped, or 0; whether a failure follows; how many members of the record do), the bytes of
   * the events, then the code and the events of the failure, and the members. Returns for each 1, or 0 where the run is not this process's.
   */
  write: `
    local replies, at = {}, 3
    for index, record in ipairs(KEYS) do
      local keep, over, renews, last, first, oldest, ends, members =
        string.match(ARGV[at], '^(%d+) (%d) (%d) (%d+) (%d+) (%d+) (%d) (%d+)$')
      local base, bytes, written = string.sub(record, 1, -2), ARGV[at + 1], 0
      local entry = {'f', first, 'e', bytes}
      at = at + 2
      if ends == '1' then
        entry[5], entry[6], entry[7], entry[8] = 'c', ARGV[at], 'x', ARGV[at + 1]
        at = at + 2
      end
      if redis.call('HGET', record, 'owner') == ARGV[1] then
        written = 1
        if last ~= '0' then
          local added = redis.pcall('XADD', base .. 'e', last .. '-0', unpack(entry))
          if type(added) == 'table' and added.err then written = 0 end
        end
        if oldest ~= '0' then redis.call('XTRIM', base .. 'e', 'MINID', '~', oldest) end
        if members ~= '0' then redis.call('HSET', record, unpack(ARGV, at, at + members - 1)) end
        if renews == '1' then
          redis.call('PEXPIRE', record, keep)
          redis.call('PEXPIRE', base .. 'e', keep)
          if over == '1' then redis.call('DEL', base .. 'o') else redis.call('SET', base .. 'o', ARGV[1], 'PX', ARGV[2]) end
        end
      end
      at = at + tonumber(members)
      replies[index] = written
    end
    return replies`,
  /** Returns the record, the numbers of the first and of the last event, and for how many milliseconds the owner still counts as alive; nothing for a run that is unknown. */
  look: `
    local record = redis.call('HGETALL', KEYS[1])
    if #record == 0 then return {} end
    local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
    local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    return {
      record,
      oldest and tonumber(oldest[2][2]) or 1,
      newest and tonumber(string.match(newest[1], '^%d+')) or 0,
      redis.call('PTTL', KEYS[3])
    }`,
  /**
   * Ends a run whose owner is lost, once. Arguments: the number of the last event that a reader has; the bytes of the last event before and behind its number; a member of the
   * record; the milliseconds for which all is kept. Returns the event's number, 0 while the owner is alive, or -1 for a run that is over or unknown.
   */
  interrupt: `
    if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
    local state = redis.call('HMGET', KEYS[1], 'owner', 'over')
    if not state[1] or state[2] == '1' then return -1 end
    local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    local last = newest and tonumber(string.match(newest[1], '^%d+')) or 0
    local number = string.format('%d', math.max(last, tonumber(ARGV[1])) + 1)
    redis.call('XADD', KEYS[2], number .. '-0', 'f', number, 'e', ARGV[2] .. number .. ARGV[3], 'c', 'run_interrupted', 'x', '')
    redis.call('HSET', KEYS[1], 'owner', '', 'over', '1', 'cut', ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
    redis.call('PEXPIRE', KEYS[2], ARGV[5])
    return tonumber(number)`,
  /** Claims a key. Arguments: the claim, its milliseconds. Returns an empty text, or the claim that there is. */
  claim: `
    local held = redis.call('GET', KEYS[1])
    if held and held ~= ARGV[1] then return held end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return ''`,
  /** Gives a claim back. Argument: the claim. */
  release: `
    if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
    return 1`,
  /** Notes that a process is alive. Arguments: the process, or empty for one that leaves; the milliseconds for which it counts. Returns how many there are. */
  beat: `
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], now, ARGV[1]) end
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
    redis.call('PEXPIRE', KEYS[1], 60000)
    return redis.call('ZCARD', KEYS[1])`,
});

/** The name of one of them. */
export type RunScript = keyof typeof RUN_SCRIPTS;
