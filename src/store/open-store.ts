import { resolve } from 'node:path';
import type { StoreUrl } from '../config/store-url.ts';
import type { OpenStoreOptions, Store } from './store.ts';

/**
 * Opens the store at the URL, and creates the file if there is none. Its path is relative to the working directory. While another process
 * holds the file, as when two gateways start at once, this waits for up to 5 seconds. Rejects with a StoreError.
 */
export async function openStore(url: StoreUrl, options: OpenStoreOptions): Promise<Store> {
  if (url === 'memory:') return MEMORY_STORE;
  // A gateway without a file does not load Kysely.
  const { openSqliteStore } = await import('./sqlite-store.ts');
  return openSqliteStore(resolve(url.slice('sqlite:'.length)), options);
}

const MEMORY_STORE: Store = Object.freeze({
  persistent: false,
  limits: Object.freeze({
    load: () => Promise.resolve({ cooldowns: [], windows: [] }),
    save: () => Promise.resolve(),
  }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
