import type { Outage } from './chaos.ts';
import type { Life } from './fleet.ts';

/** Length of the window, in milliseconds. */
export const WINDOW_MS = 60_000;
/** How long after an outage its traces are not all reported: three beats, and the wait for the others. */
const RETURN_MS = 5000;

/** A request at the provider. `life` is the name of the process that has sent it. */
export interface Hit {
  readonly at: number;
  readonly life: string;
}

/** The largest number of requests in any window that begins at `since` or later. Hits are ordered by time. */
export function mostInWindow(hits: readonly Hit[], since: number): number {
  let first = 0;
  let most = 0;
  for (const [index, { at }] of hits.entries()) {
    while ((hits[first]?.at ?? at) <= Math.max(at - WINDOW_MS, since - 1)) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** What a bound follows from. */
export interface BoundParts {
  readonly limit: number;
  readonly replicas: number;
  readonly outages: readonly Outage[];
  readonly lives: readonly Pick<Life, 'name' | 'startedAt' | 'diedAt'>[];
}

/** A window at the provider: the requests in it, and how many may be. */
export interface FullWindow {
  readonly used: number;
  readonly bound: number;
  /** When it ends, of `performance.now()`. */
  readonly at: number;
}

/**
 * The window that is the furthest above its bound, or the least below it. The bound of a window is the limit, and what the ledger
 * cannot know:
 * - with an outage in it, the share of one process, a `replicas`th of the limit: one process notices the loss, or the return, before the others;
 * - what a killed process had sent in it, where Redis was lost at its end or later: nobody reports that again;
 * - for each process that started without Redis, a share of the whole limit, since it knows nothing of what was used before.
 */
export function worstWindow(hits: readonly Hit[], parts: BoundParts): FullWindow {
  let first = 0;
  let worst: FullWindow = { used: 0, bound: Infinity, at: 0 };
  const sentBy = new Map<string, number>();
  const count = (life: string, by: number): void => void sentBy.set(life, (sentBy.get(life) ?? 0) + by);
  for (const [index, { at, life }] of hits.entries()) {
    count(life, 1);
    for (let old = hits[first]; old !== undefined && old.at <= at - WINDOW_MS; old = hits[++first]) count(old.life, -1);
    const window = { used: index - first + 1, bound: boundAt(at, sentBy, parts), at };
    if (window.used - window.bound > worst.used - worst.bound) worst = window;
  }
  return worst;
}

/** The bound of the window that ends at a time. `sentBy`: the requests in it of each process, by name. */
export function boundAt(at: number, sentBy: ReadonlyMap<string, number>, parts: BoundParts): number {
  const { limit, replicas, outages, lives } = parts;
  const share = Math.ceil(limit / replicas);
  const near = outages.filter(({ from, to }) => from <= at && to + RETURN_MS >= at - WINDOW_MS);
  let bound = limit + (near.length > 0 ? share : 0);
  for (const { name, startedAt, diedAt } of lives) {
    if (near.some(({ from, to }) => startedAt > from - RETURN_MS && startedAt < to)) bound += share;
    const isUnknown = near.some(({ from, to, isForgetful }) =>
      isForgetful ? to + RETURN_MS >= diedAt : from <= diedAt && diedAt <= to + RETURN_MS,
    );
    if (diedAt <= at && isUnknown) bound += sentBy.get(name) ?? 0;
  }
  return bound;
}
