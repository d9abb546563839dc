import { resolve } from 'node:path';
import type { StoreUrl } from '../config/store-url.ts';
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

/**
 * Opens the store that a configuration names, and makes it where there is none; a path counts from the working directory. Rejects with
 * a StoreError. While another process has it, as when two start at once, it waits for a few seconds.
 */
export async function openStore(url: StoreUrl, options: OpenStoreOptions): Promise<Store> {
  if (url === 'memory:') return NOTHING_KEPT;
  // Who keeps nothing need not load any of it.
  const { openSqliteStore } = await import('./sqlite-store.ts');
  return openSqliteStore(resolve(url.slice('sqlite:'.length)), options);
}

const NOTHING_KEPT: Store = Object.freeze({
  keeps: false,
  limits: Object.freeze({
    load: () => Promise.resolve({ cooldowns: [], windows: [] }),
    save: () => Promise.resolve(),
  }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
