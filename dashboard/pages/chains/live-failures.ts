import type { LiveRequest } from '../../live/live-snapshot.ts';
import { type EndedStep, isFailure } from '../../parts/step-words.ts';

/** A failed attempt that the page has seen. */
export interface LiveFailure extends EndedStep {
  /** By the browser's clock, in milliseconds since the epoch. */
  readonly at: number;
}

/** The newest failure of each entry, by `provider/model`. */
export function liveFailures(requests: readonly LiveRequest[]): ReadonlyMap<string, LiveFailure> {
  const newest = new Map<string, LiveFailure>();
  for (const { attempts } of requests) {
    for (const { provider, model, finished, finishedAt } of attempts) {
      if (finished === null || finishedAt === null || !isFailure(finished)) continue;
      const entry = `${provider}/${model}`;
      if ((newest.get(entry)?.at ?? 0) < finishedAt) newest.set(entry, { ...finished, at: finishedAt });
    }
  }
  return newest;
}
