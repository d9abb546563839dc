import type { Clock } from '../lib/clock.ts';
import type { Lasting } from '../state/limit-state.ts';
import type { LimitsSave } from './limit-changes.ts';

/** What is known of limits and outlives the process. */
export interface StoredLimits {
  /** What has not expired at `now`, milliseconds since the epoch. Rejects with a StoreError. */
  load(now: number): Promise<Lasting>;
  /**
   * Writes what changed between two views of this process, in one transaction; rows of other processes stay. Rejects with a StoreError, and
   * then nothing was written.
   */
  save(save: LimitsSave): Promise<void>;
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
