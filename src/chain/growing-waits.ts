import { putBounded } from '../lib/bounded-map.ts';

/** The longest wait, in seconds. */
const LONGEST_S = 60;
/** A chain that has not failed for so long starts over, in milliseconds. */
const FORGET_MS = 600_000;
/** Chains kept at most: clients may name the models of a provider, and each is a chain. */
const MOST_CHAINS = 10_000;

/**
 * How long clients should wait while every request of a chain fails: 1, 2, 4 seconds and so on up to 60. Clients that obey `retry-after`
 * replace their own growing backoff by it (openai-node, openai-python), so a fixed second would let each of them send a request every second.
 * In memory and bounded. Times in milliseconds since the epoch.
 */
export interface GrowingWaits {
  /**
   * Records that a request found nothing but failing entries, and returns the seconds to wait. The wait doubles at most once in its own
   * length, so requests that fail together count as one.
   */
  failed(chain: string, now: number): number;
  /** Records that an entry of the chain has answered: the next wait is the shortest again. */
  answered(chain: string): void;
}

/** Returns waits that have not grown. */
export function createGrowingWaits(): GrowingWaits {
  const waits = new Map<string, Wait>();
  return {
    failed(chain, now) {
      const wait = next(waits.get(chain), now);
      putBounded(waits, [chain, wait], MOST_CHAINS);
      return wait.seconds;
    },
    answered: (chain) => void waits.delete(chain),
  };
}

interface Wait {
  readonly seconds: number;
  /** When it became as long as it is. */
  readonly since: number;
  /** The last failure. */
  readonly failedAt: number;
}

function next(wait: Wait | undefined, now: number): Wait {
  if (wait === undefined || now - wait.failedAt >= FORGET_MS) return { seconds: 1, since: now, failedAt: now };
  if (now - wait.since < wait.seconds * 1000) return { ...wait, failedAt: now };
  return { seconds: Math.min(LONGEST_S, wait.seconds * 2), since: now, failedAt: now };
}
