import { resolve } from 'node:path';
import type { StoreUrl } from '../config/store-url.ts';
import type { OpenStoreOptions, Store } from './store.ts';

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
