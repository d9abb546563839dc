import type { Entry } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** A last resort is tried at most once in this time, in milliseconds: as long as a circuit breaker stays open at first. */
const INTERVAL_MS = 5000;
/** Entries kept at most: models named by clients must not fill the memory. */
const MOST_ENTRIES = 10_000;

/**
 * When entries with an open circuit breaker were last tried as a last resort, over all requests of a gateway: an entry that is down gets one
 * such request in 5 seconds, however many clients retry. By entry, whichever key is used. In memory and bounded. Times in milliseconds since
 * the epoch.
 */
export interface LastResorts {
  /** Claims the entry for one request; false when another request has claimed it less than 5 seconds ago. */
  claim(entry: Entry, now: number): boolean;
  /** Gives a claim back: the entry was not tried. */
  release(entry: Entry): void;
}

/** Returns last resorts of which none is claimed. */
export function createLastResorts(): LastResorts {
  const claimedAt = new Map<string, number>();
  return {
    claim(entry, now) {
      const key = keyOf(entry);
      if (now - (claimedAt.get(key) ?? -Infinity) < INTERVAL_MS) return false;
      putBounded(claimedAt, [key, now], MOST_ENTRIES);
      return true;
    },
    release: (entry) => void claimedAt.delete(keyOf(entry)),
  };
}

/** Not the server alone: two providers of the configuration may have one address. */
function keyOf({ provider, targets: [{ server }] }: Entry): string {
  return `${provider} ${server}`;
}
