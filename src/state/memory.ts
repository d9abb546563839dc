import type { Clock } from '../lib/clock.ts';
import type { LimitState } from './limit-state.ts';
import { createLocalState } from './local-state.ts';

/** Returns an empty state, exact for this process. It ends with the process, except for what `lasting` returns. */
export function createMemoryState(clock: Clock): LimitState {
  return createLocalState(clock).state;
}
