import { closeSync, openSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { nodeSqliteDialect } from './kysely-sqlite.ts';
import { MIGRATION_TABLE, migrate, MIGRATIONS } from './migrations.ts';
import { loadSqlite } from './node-sqlite.ts';
import { StoreError, toStoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/** A connection to a store file of the newest version. Close it once. */
export interface SqliteFile {
  readonly queries: Kysely<Tables>;
  /** Whether the path still leads to the open file. SQLite keeps writing to a deleted file without an error. */
  isAtPath(): boolean;
  close(): Promise<void>;
}

/** How long SQLite waits for another process's transaction, in milliseconds. The wait blocks the event loop. */
const BUSY_TIMEOUT_MS = 20;

/**
 * Opens the file at an absolute path and migrates it to the newest version. Creates it where there is none, readable and writable for its
 * owner only. Throws a StoreError; `locked` while another process holds the file, which is worth a retry.
 */
export async function openSqliteFile(path: string): Promise<SqliteFile> {
  let database: DatabaseSync | undefined;
  try {
    createFile(path);
    database = new (loadSqlite().DatabaseSync)(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    // The first statement that reads the file fails if it is not a database. With a write-ahead log a save does not wait for the disk.
    database.exec('pragma journal_mode = wal; pragma synchronous = normal');
    const queries = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
    database.exec('begin immediate');
    refuseForeign(database, path);
    await migrate(queries, MIGRATIONS);
    database.exec('commit');
    const opened = identityOf(path);
    return { queries, isAtPath: () => identityOf(path) === opened, close: () => queries.destroy() };
  } catch (error) {
    // Rolls back an open transaction.
    database?.close();
    throw toStoreError(error, path);
  }
}

/** SQLite would make the file readable for every user. The log and its index beside it take over the mode of the file. */
function createFile(path: string): void {
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined) closeSync(openSync(path, 'a', 0o600));
  else if (!present.isFile()) throw new StoreError('foreign', path, { reason: 'not a regular file' });
}

/** Another program's database must not get our tables. A newer version's store must not lose what this version does not know. */
function refuseForeign(database: DatabaseSync, path: string): void {
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  if (tables.length === 0) return;
  if (!tables.some(({ name }) => name === MIGRATION_TABLE))
    throw new StoreError('foreign', path, { reason: 'the database of another program' });
  const done = database.prepare(`select name from ${MIGRATION_TABLE}`).all();
  if (done.some(({ name }) => typeof name !== 'string' || !Object.hasOwn(MIGRATIONS, name)))
    throw new StoreError('newer', path);
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
