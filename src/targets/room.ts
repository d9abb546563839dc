import type { Target } from '../domain/chain.ts';
import type { LimitState } from '../state/limit-state.ts';

/** The free share of a target's tightest limit, from 0 to 1; 1 where no limit is known. */
export function roomOf(target: Target, state: LimitState): number {
  const { windows, concurrency } = state.status(target);
  const shares = windows.map(({ used, limit }) => 1 - used / limit);
  if (concurrency.limit !== undefined) shares.push(1 - concurrency.running / concurrency.limit);
  return Math.max(0, Math.min(1, ...shares));
}
