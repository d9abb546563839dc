import type { Clock } from '../lib/clock.ts';
import type { Lasting } from '../state/limit-state.ts';

/** What is known of limits and outlives the process. */
export interface StoredLimits {
  /** What has not expired at `now`, milliseconds since the epoch. Rejects with a StoreError. */
  load(now: number): Promise<Lasting>;
  /** Puts this into the place of all that is there, whole or not at all. Rejects with a StoreError. */
  save(lasting: Lasting): Promise<void>;
}

/** Rows that outlive the process. Dispose it after all that writes into it; idempotent, and it never rejects. */
export interface Store extends AsyncDisposable {
  /** False for `memory:`, into which nothing need be saved. */
  readonly keeps: boolean;
  readonly limits: StoredLimits;
}

/** What opening a store takes. */
export interface OpenStoreOptions {
  readonly clock: Clock;
  /** Gives up waiting for another process that has the store; what it was aborted with is thrown. */
  readonly signal: AbortSignal;
}
