import type { Candidate, Obstacle } from '../../state/limit-state.ts';
import type { Waiter } from './waiter.ts';

/** The waiting requests of each principal, in the order in which principals are served. */
export type Waiters = Map<string, Set<Waiter>>;

/** One pass over the queue. */
export interface Pass {
  /** Requests for which no target could be taken. */
  readonly unserved: Set<Waiter>;
  /** Counter keys that unserved requests wait for; a request behind them gets none of these. */
  readonly claimed: Set<string>;
  readonly obstacles: Obstacle[];
}

/** Starts a pass. */
export function startPass(): Pass {
  return { unserved: new Set(), claimed: new Set(), obstacles: [] };
}

/** The next request to serve, with those of its candidates that no request in front waits for; undefined at the end of the pass. */
export function selectNext(
  waiters: ReadonlyMap<string, ReadonlySet<Waiter>>,
  { unserved, claimed }: Pass,
): { readonly waiter: Waiter; readonly candidates: readonly Candidate[] } | undefined {
  for (const own of waiters.values()) {
    for (const waiter of own) {
      if (unserved.has(waiter)) continue;
      const candidates = waiter.candidates.filter(({ target }) => !claimed.has(target.counterKey));
      if (candidates.length > 0) return { waiter, candidates };
      unserved.add(waiter);
    }
  }
  return undefined;
}

/**
 * The place of a waiting request in the order of service, counted from 1: principals are served in turn, one request each. The order is exact
 * where all requests wait for the same targets.
 */
export function positionOf(waiters: ReadonlyMap<string, ReadonlySet<Waiter>>, waiter: Waiter): number {
  const turn = [...(waiters.get(waiter.principal) ?? [])].indexOf(waiter) + 1;
  let position = turn;
  let isAhead = true;
  for (const [principal, { size }] of waiters) {
    if (principal === waiter.principal) isAhead = false;
    else position += Math.min(size, isAhead ? turn : turn - 1);
  }
  return position;
}
