import { resolve } from 'node:path';
import type { StoreUrl } from '../config/store-url.ts';
import { migrateSqliteFile, openMemoryStore, openSqliteStore } from './sqlite-store.ts';
import type { OpenStoreOptions, Store } from './store.ts';

/**
 * Opens the store at the URL, and creates the file if there is none. Its path is relative to the working directory. While another process
 * holds the file, as when two gateways start at once, this waits for up to 5 seconds. A database server that does not answer is waited for
 * later, by the store's calls. Rejects with a StoreError.
 */
export async function openStore(url: StoreUrl, options: OpenStoreOptions): Promise<Store> {
  if (url === 'memory:') return openMemoryStore(options);
  if (url.startsWith('sqlite:')) return openSqliteStore(pathOf(url), options);
  // A gateway without a database server does not load its client, nor Kysely.
  const { openPostgresStore } = await import('./postgres-store.ts');
  return openPostgresStore(url, options);
}

/**
 * Applies the missing migrations of the store at the URL, or only reports them, and resolves to their names. Rejects with a StoreError.
 */
export async function migrateStore(url: StoreUrl, mode: 'apply' | 'report'): Promise<readonly string[]> {
  if (url === 'memory:') return [];
  if (url.startsWith('sqlite:')) return migrateSqliteFile(pathOf(url), mode);
  const { migratePostgres } = await import('./postgres-migrations.ts');
  return migratePostgres(url, mode);
}

function pathOf(url: string): string {
  return resolve(url.slice('sqlite:'.length));
}
