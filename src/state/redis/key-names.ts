import { hash } from 'node:crypto';

/** Hashes of names that are kept, so that none is computed for each request. */
const MOST = 50_000;
const DIGITS = 16;

/**
 * Names of keys below a prefix. What one script touches has one hash tag, so that it lies in one slot of a Cluster: everything of an account, all news, all that is
 * known of the fleet. Accounts and counters are hashed: their names contain names of providers and hashes of secrets.
 */
export interface KeyNames {
  /** The newest number of a process that was applied to the counters of an account. */
  applied(account: string, process: string): string;
  /** One counter. */
  counter(account: string, key: string): string;
  /** Processes by the time of their last beat, what shows whether all was lost, and which have restored what they know. */
  readonly processes: string;
  readonly epoch: string;
  readonly restored: string;
  /** The channel of news. */
  readonly news: string;
  /** Cooldowns by key, and when each ends; open breakers by server, and when each may be probed; the last reload. */
  readonly cooldowns: string;
  readonly cooldownEnds: string;
  readonly breakers: string;
  readonly breakerTimes: string;
  readonly forgiven: string;
  /** Which process may probe a server. */
  probe(server: string): string;
}

/** Returns the names below a prefix. */
export function createKeyNames(prefix: string): KeyNames {
  const hashes = new Map<string, string>();

  function hashOf(name: string): string {
    const known = hashes.get(name);
    if (known !== undefined) return known;
    const digits = hash('sha256', name, 'hex').slice(0, DIGITS);
    if (hashes.size >= MOST) hashes.clear();
    hashes.set(name, digits);
    return digits;
  }

  return {
    applied: (account, process) => `${prefix}:{${hashOf(account)}}:q:${process}`,
    counter: (account, key) => `${prefix}:{${hashOf(account)}}:c:${hashOf(key)}`,
    processes: `${prefix}:{fleet}:procs`,
    epoch: `${prefix}:{fleet}:epoch`,
    restored: `${prefix}:{fleet}:restored`,
    news: `${prefix}:news`,
    cooldowns: `${prefix}:{news}:cooldowns`,
    cooldownEnds: `${prefix}:{news}:cooldown-ends`,
    breakers: `${prefix}:{news}:breakers`,
    breakerTimes: `${prefix}:{news}:breaker-times`,
    forgiven: `${prefix}:{news}:forgiven`,
    probe: (server) => `${prefix}:{news}:probe:${hashOf(server)}`,
  };
}
