import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import { isNewer, migrate, MIGRATION_TABLE, type MigrationMode, MIGRATIONS, pendingMigrations } from './migrations.ts';
import { addressOf, connectionOptions, STATEMENT_LIMITS } from './postgres-connection.ts';
import { toServerError } from './postgres-error.ts';
import { Connections } from './postgres-pool.ts';
import { StoreError } from './store-error.ts';

/** How long another process may migrate, in milliseconds. */
const LOCK_TIMEOUT_MS = 60_000;
/**
 * How long a statement of a migration waits for a lock, in milliseconds. What comes after it waits behind it, and requests of other processes are
 * given up after as long.
 */
const STATEMENT_LOCK_TIMEOUT_MS = 3000;
/** Id of the advisory lock of migrations: any number that other programs are unlikely to use. */
const LOCK_ID = 5_786_209_113;

/**
 * Migrates a database as `mode` says, and resolves to the names of the migrations that were missing. Of several processes one migrates, and the
 * others wait for it. Rejects with a StoreError; `locked` where another program holds a table for too long.
 */
export async function migratePostgres(url: string, mode: MigrationMode): Promise<readonly string[]> {
  const address = addressOf(url);
  try {
    // Most starts find nothing to do, and need no lock to see it. A server that hangs must not hold them.
    const before = await connected({ ...connectionOptions(url), ...STATEMENT_LIMITS }, (database) =>
      pending(database, address),
    );
    if (before.length === 0 || mode === 'report') return before;
    if (mode === 'refuse') throw new StoreError('outdated', address, { reason: before.join(', ') });
    // One connection holds the lock, the other one migrates. Closing the connection releases the lock.
    const limits = { lock_timeout: STATEMENT_LOCK_TIMEOUT_MS, max: 2 };
    return await connected({ ...connectionOptions(url), ...limits }, (database) =>
      database.connection().execute(async (locked) => {
        await sql.raw(`set lock_timeout = ${LOCK_TIMEOUT_MS}`).execute(locked);
        await sql`select pg_advisory_lock(${sql.lit(LOCK_ID)})`.execute(locked);
        const missing = await pending(locked, address);
        if (missing.length > 0) await migrate(database, MIGRATIONS);
        return missing;
      }),
    );
  } catch (error) {
    throw toServerError(error, address);
  }
}

/** Does work with connections of its own, and closes them. */
async function connected<Result>(
  config: pg.PoolConfig,
  work: (database: Kysely<unknown>) => Promise<Result>,
): Promise<Result> {
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new Connections(config) }) });
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

async function pending(database: Kysely<unknown>, address: string): Promise<readonly string[]> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass(${MIGRATION_TABLE}) is not null as found`.execute(
    database,
  );
  if (rows[0]?.found !== true) return pendingMigrations([]);
  const applied = await sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)}`.execute(database);
  const names = applied.rows.map(({ name }) => name);
  if (isNewer(names)) throw new StoreError('newer', address);
  return pendingMigrations(names);
}
