import { putBounded } from '../lib/bounded-map.ts';

/** How often something may be asked more than once, so that retries cannot multiply the load on what is overloaded already. */
export interface RetryBudget {
  /** A request goes to `key` for the first time. */
  asked(key: string): void;
  /** Whether one more may be asked again; a yes is taken off the budget. */
  mayRetry(key: string): boolean;
  /** How many retries were refused since the start. */
  refused(key: string): number;
}

/** A retry costs as much as so many requests bring in: retries are at most 20 % of them. */
const REQUESTS_PER_RETRY = 5;
/** So many retries are allowed before there was any traffic, and no more are saved up for a bad time than `MOST`. */
const FIRST = 3;
const MOST = 20;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/** What a key has saved up, in requests: whole numbers, because sums of fifths drift. */
interface Saved {
  requests: number;
  refused: number;
}

/** Makes a budget of 20 %, with 3 to begin with, for each key. Bounded: the key asked longest ago is forgotten first. In memory. */
export function createRetryBudget(): RetryBudget {
  const known = new Map<string, Saved>();

  function of(key: string): Saved {
    const found = known.get(key) ?? { requests: FIRST * REQUESTS_PER_RETRY, refused: 0 };
    putBounded(known, [key, found], MOST_KEYS);
    return found;
  }

  return {
    asked(key) {
      const saved = of(key);
      saved.requests = Math.min(MOST * REQUESTS_PER_RETRY, saved.requests + 1);
    },
    mayRetry(key) {
      const saved = of(key);
      if (saved.requests < REQUESTS_PER_RETRY) {
        saved.refused++;
        return false;
      }
      saved.requests -= REQUESTS_PER_RETRY;
      return true;
    },
    refused: (key) => known.get(key)?.refused ?? 0,
  };
}
