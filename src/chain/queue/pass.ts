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
