import { putBounded } from '../lib/bounded-map.ts';

/** Extra attempts that are allowed before any request, and how many can be saved up at most. */
const FIRST = 3;
const MOST = 20;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/**
 * How many extra attempts are allowed for each key: each costs what `cost` requests add, a whole number. In memory, bounded: the key used
 * longest ago is forgotten first.
 */
export interface ExtraBudget {
  /** Records a request at `key`. */
  recordRequest(key: string, cost: number): void;
  /** Whether one more attempt is allowed; an allowed one is taken off the budget. */
  mayTake(key: string, cost: number): boolean;
  /** Gives back one that was taken and not used. */
  giveBack(key: string, cost: number): void;
  /** How many were refused since the start. */
  refused(key: string): number;
}

/** The budget of one key. */
interface Saved {
  /** In requests, not in attempts: whole numbers, because sums of fractions drift. */
  requests: number;
  refused: number;
}

/** Returns a budget with three extra attempts for each key to begin with; twenty can be saved up. */
export function createExtraBudget(): ExtraBudget {
  const known = new Map<string, Saved>();

  function savedFor(key: string, cost: number): Saved {
    const found = known.get(key) ?? { requests: FIRST * cost, refused: 0 };
    putBounded(known, [key, found], MOST_KEYS);
    return found;
  }

  function add(key: string, cost: number, requests: number): void {
    const saved = savedFor(key, cost);
    saved.requests = Math.min(MOST * cost, saved.requests + requests);
  }

  return {
    recordRequest: (key, cost) => add(key, cost, 1),
    mayTake(key, cost) {
      const saved = savedFor(key, cost);
      if (saved.requests < cost) {
        saved.refused++;
        return false;
      }
      saved.requests -= cost;
      return true;
    },
    giveBack: (key, cost) => add(key, cost, cost),
    refused: (key) => known.get(key)?.refused ?? 0,
  };
}
