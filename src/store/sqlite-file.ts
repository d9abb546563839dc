import { closeSync, openSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { nodeSqliteDialect } from './kysely-sqlite.ts';
import { MIGRATION_TABLE, migrate, MIGRATIONS } from './migrations.ts';
import { loadSqlite } from './node-sqlite.ts';
import { StoreError, toStoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/** A connection to a file that is a store of the newest version. Close it once. */
export interface SqliteFile {
  readonly queries: Kysely<Tables>;
  /** Whether the path still leads to the file that was opened: SQLite writes on into one that was deleted, without a word. */
  stands(): boolean;
  close(): Promise<void>;
}

/** How long SQLite waits for another process's transaction, in milliseconds. Nothing else runs meanwhile. */
const BUSY_MS = 20;

/**
 * Opens the file at an absolute path, makes it where there is none, readable and writable for its owner only, and brings it to the
 * newest version. Throws a StoreError; `locked` when another process is at it, which is worth another try.
 */
export async function openSqliteFile(path: string): Promise<SqliteFile> {
  let database: DatabaseSync | undefined;
  try {
    createFile(path);
    database = new (loadSqlite().DatabaseSync)(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
    // The first that reads the file: whether it is a database shows here. With a log of its own a save waits for no disk.
    database.exec('pragma journal_mode = wal; pragma synchronous = normal');
    const queries = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
    database.exec('begin immediate');
    refuseForeign(database, path);
    await migrate(queries, MIGRATIONS);
    database.exec('commit');
    const opened = identityOf(path);
    return { queries, stands: () => identityOf(path) === opened, close: () => queries.destroy() };
  } catch (error) {
    // Rolls back what was begun.
    database?.close();
    throw toStoreError(error, path);
  }
}

/** SQLite would make it readable for all. Its companions, the log and the index of the log, take after it. */
function createFile(path: string): void {
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined) closeSync(openSync(path, 'a', 0o600));
  else if (!present.isFile()) throw new StoreError('foreign', path, { because: 'it is no file' });
}

/** Another program's database must not get our tables, nor a newer version's lose what this one does not know of. */
function refuseForeign(database: DatabaseSync, path: string): void {
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  if (tables.length === 0) return;
  if (!tables.some(({ name }) => name === MIGRATION_TABLE))
    throw new StoreError('foreign', path, { because: 'it is the database of another program' });
  const done = database.prepare(`select name from ${MIGRATION_TABLE}`).all();
  if (done.some(({ name }) => typeof name !== 'string' || !Object.hasOwn(MIGRATIONS, name)))
    throw new StoreError('newer', path);
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
