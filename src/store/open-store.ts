import { resolve } from 'node:path';
import type { StoreUrl } from '../config/store-url.ts';
import { openMemoryStore, openSqliteStore } from './sqlite-store.ts';
import type { OpenStoreOptions, Store } from './store.ts';

/**
 * Opens the store at the URL, and creates the file if there is none. Its path is relative to the working directory. While another process
 * holds the file, as when two gateways start at once, this waits for up to 5 seconds. Rejects with a StoreError.
 */
export async function openStore(url: StoreUrl, options: OpenStoreOptions): Promise<Store> {
  if (url === 'memory:') return openMemoryStore(options);
  return openSqliteStore(resolve(url.slice('sqlite:'.length)), options);
}
