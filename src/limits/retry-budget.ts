/** How often something may be asked more than once, so that retries cannot multiply the load on what is overloaded already. */
export interface RetryBudget {
  /** A request goes to `key` for the first time. */
  asked(key: string): void;
  /** Whether one more may be asked again; a yes is taken off the budget. */
  mayRetry(key: string): boolean;
  /** How many retries were refused since the start. */
  refused(key: string): number;
}

/** Retries are at most this share of the requests. */
const SHARE = 0.2;
/** So many are allowed before there was any traffic, and no more are saved up by a quiet time than `MOST`. */
const FIRST = 3;
const MOST = 20;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/** Makes a budget of 20 %, with 3 to begin with, for each key. Bounded; in memory. */
export function createRetryBudget(): RetryBudget {
  const known = new Map<string, { saved: number; refused: number }>();

  function of(key: string): { saved: number; refused: number } {
    const found = known.get(key) ?? { saved: FIRST, refused: 0 };
    if (known.size >= MOST_KEYS && !known.has(key)) known.clear();
    known.set(key, found);
    return found;
  }

  return {
    asked(key) {
      const budget = of(key);
      budget.saved = Math.min(MOST, budget.saved + SHARE);
    },
    mayRetry(key) {
      const budget = of(key);
      if (budget.saved < 1) {
        budget.refused++;
        return false;
      }
      budget.saved--;
      return true;
    },
    refused: (key) => known.get(key)?.refused ?? 0,
  };
}
