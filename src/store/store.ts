import type { Clock } from '../lib/clock.ts';
import type { Lasting } from '../state/limit-state.ts';
import type { LimitsSave } from './limit-changes.ts';

/** Loads and saves the part of the limit state that outlives the process. */
export interface StoredLimits {
  /** Returns the rows of all processes that have not expired at `now` (milliseconds since the epoch). Rejects with a StoreError. */
  load(now: number): Promise<Lasting>;
  /**
   * Writes the difference between two views of this process, in one transaction. Rejects with a StoreError; then nothing was written.
   */
  save(save: LimitsSave): Promise<void>;
}

/** An open store. Dispose it after everything that writes to it. Disposal is idempotent and never rejects. */
export interface Store extends AsyncDisposable {
  /** False for `memory:`, where loading and saving do nothing. */
  readonly persistent: boolean;
  readonly limits: StoredLimits;
}

/** Options of `openStore`. */
export interface OpenStoreOptions {
  readonly clock: Clock;
  /** Ends the wait for a locked store; `openStore` then rejects with the abort reason. */
  readonly signal: AbortSignal;
}
