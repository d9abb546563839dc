import { putBounded } from '../lib/bounded-map.ts';

/** How many retries are allowed for each key, so that retries cannot multiply the load on an overloaded target. */
export interface RetryBudget {
  /** Records the first attempt of a request at `key`. */
  recordRequest(key: string): void;
  /** Whether a retry is allowed; an allowed one is taken off the budget. */
  mayRetry(key: string): boolean;
  /** How many retries were refused since the start. */
  refused(key: string): number;
}

/** A retry costs what this many requests add: retries are at most 20 % of the requests. */
const REQUESTS_PER_RETRY = 5;
/** Retries that are allowed before any request, and how many can be saved up at most. */
const FIRST = 3;
const MOST = 20;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/** The budget of one key. */
interface Saved {
  /** In requests, not in retries: whole numbers, because sums of fifths drift. */
  requests: number;
  refused: number;
}

/** Returns a budget of 20 % for each key, with 3 retries to begin with. In memory, bounded: the key used longest ago is forgotten first. */
export function createRetryBudget(): RetryBudget {
  const known = new Map<string, Saved>();

  function savedFor(key: string): Saved {
    const found = known.get(key) ?? { requests: FIRST * REQUESTS_PER_RETRY, refused: 0 };
    putBounded(known, [key, found], MOST_KEYS);
    return found;
  }

  return {
    recordRequest(key) {
      const saved = savedFor(key);
      saved.requests = Math.min(MOST * REQUESTS_PER_RETRY, saved.requests + 1);
    },
    mayRetry(key) {
      const saved = savedFor(key);
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
