import { closeSync, openSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { Database } from './database.ts';
import { nodeSqliteDialect } from './kysely-sqlite.ts';
import { isNewer, migrate, MIGRATION_TABLE, type MigrationMode, MIGRATIONS, pendingMigrations } from './migrations.ts';
import { IN_MEMORY } from './sqlite-protocol.ts';
import { StoreError, toStoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/** A connection to a store file. Close it once. */
export interface SqliteFile extends Database {
  /** The migrations that were missing when it was opened. */
  readonly pending: readonly string[];
  /** Whether the path still leads to the open file. SQLite keeps writing to a deleted file without an error. */
  isAtPath(): boolean;
  close(): Promise<void>;
}

/**
 * How long SQLite waits for another process's transaction, in milliseconds. The wait blocks the thread, and with it the end of the process, so
 * it is short and repeated.
 */
const BUSY_TIMEOUT_MS = 100;

/**
 * Opens the file at an absolute path, or one in memory, and migrates it as `mode` says. Creates it where there is none, readable and writable
 * for its owner only. Throws a StoreError; `locked` while another process holds the file, which is worth a retry.
 */
export async function openSqliteFile(path: string, mode: MigrationMode): Promise<SqliteFile> {
  let database: DatabaseSync | undefined;
  try {
    const location = createFile(path, mode);
    database = new DatabaseSync(location, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    // The first statement that reads the file fails if it is not a database. It comes before anything that writes to another program's.
    appliedMigrations(database, path);
    // With a write-ahead log a save does not wait for the disk. In a new file pages that are free can be given back to the file system.
    database.exec('pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma synchronous = normal');
    const queries = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
    database.exec('begin immediate');
    // Again: another process may have created tables meanwhile.
    const pending = pendingMigrations(appliedMigrations(database, path));
    if (mode === 'apply') await migrate(queries, MIGRATIONS);
    else if (mode === 'refuse' && pending.length > 0)
      throw new StoreError('outdated', path, { reason: pending.join(', ') });
    database.exec('commit');
    return toFile(path, { database, queries, pending, isFile: location !== IN_MEMORY });
  } catch (error) {
    // Rolls back an open transaction.
    database?.close();
    throw toStoreError(error, path);
  }
}

/**
 * Opens the file at an absolute path for reading, beside the worker that writes it. What that one has committed is seen, and neither waits for the
 * other. Throws a StoreError.
 */
export function openSqliteReader(path: string): SqliteFile {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
    const queries = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
    return toFile(path, { database, queries, pending: [], isFile: true });
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/** Pages that are given back at once, of 4 KB each. */
const RELEASED_PAGES = 500;

interface OpenParts extends Pick<SqliteFile, 'queries' | 'pending'> {
  readonly database: DatabaseSync;
  readonly isFile: boolean;
}

function toFile(path: string, { database, queries, pending, isFile }: OpenParts): SqliteFile {
  const opened = isFile ? identityOf(path) : undefined;
  return {
    engine: 'sqlite',
    queries,
    pending,
    isNearlyFull: () => path !== IN_MEMORY && isNearlyFull(dirname(path)),
    // Kysely has one connection, so transactions of one process never overlap. `begin immediate` keeps those of others out.
    releaseSpace() {
      // Not by a statement of its own: one that has no columns is stepped once, and gives one page back.
      database.exec(`pragma incremental_vacuum(${RELEASED_PAGES})`);
      return (
        Number(database.prepare('pragma auto_vacuum').get()?.['auto_vacuum']) === INCREMENTAL && hasFreePages(database)
      );
    },
    write: (_kind, work) => queries.transaction().execute(work),
    isAtPath: () => path === IN_MEMORY || identityOf(path) === opened,
    close: () => queries.destroy(),
  };
}

/**
 * Creates the file where there is none: SQLite would make it readable for every user. The log and its index beside it take over the mode of
 * the file. Where nothing is to be migrated a missing file stands for an empty database, and stays missing.
 */
function createFile(path: string, mode: MigrationMode): string {
  if (path === IN_MEMORY) return path;
  const present = statSync(path, { throwIfNoEntry: false });
  if (present?.isFile() === false) throw new StoreError('foreign', path, { reason: 'not a regular file' });
  if (present === undefined && mode !== 'apply') return IN_MEMORY;
  if (present === undefined) closeSync(openSync(path, 'a', 0o600));
  return path;
}

/** Another program's database must not get our tables. A newer version's store must not lose what this version does not know. */
function appliedMigrations(database: DatabaseSync, path: string): readonly string[] {
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  if (tables.length === 0) return [];
  if (!tables.some(({ name }) => name === MIGRATION_TABLE))
    throw new StoreError('foreign', path, { reason: 'the database of another program' });
  const applied = database.prepare(`select name from ${MIGRATION_TABLE}`).all();
  const names = applied.map(({ name }) => String(name));
  if (isNewer(names)) throw new StoreError('newer', path);
  return names;
}

/** The mode in which free pages are given back on request: a file of an earlier version keeps them, and uses them again. */
const INCREMENTAL = 2;

function hasFreePages(database: DatabaseSync): boolean {
  return Number(database.prepare('pragma freelist_count').get()?.['freelist_count']) > 0;
}

/** A twentieth of the disk, and no more than this many bytes, are left to other programs and to this file's other tables. */
const RESERVED_SHARE = 0.05;
const MOST_RESERVED = 1024 ** 3;

function isNearlyFull(folder: string): boolean {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return bavail * bsize < Math.min(blocks * bsize * RESERVED_SHARE, MOST_RESERVED);
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
