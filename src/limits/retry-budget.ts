import { createExtraBudget } from './extra-budget.ts';

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

/** Returns a budget of 20 % for each key, with 3 retries to begin with. In memory, bounded: the key used longest ago is forgotten first. */
export function createRetryBudget(): RetryBudget {
  const budget = createExtraBudget();
  return {
    recordRequest: (key) => budget.recordRequest(key, REQUESTS_PER_RETRY),
    mayRetry: (key) => budget.mayTake(key, REQUESTS_PER_RETRY),
    refused: (key) => budget.refused(key),
  };
}
