import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { MIGRATION_0002 } from './migration-0002.ts';
import { MIGRATION_0004 } from './migration-0004.ts';
import { MIGRATION_0005 } from './migration-0005.ts';
import { MIGRATION_0006 } from './migration-0006.ts';
import { MIGRATION_0007 } from './migration-0007.ts';
import { MIGRATION_0008 } from './migration-0008.ts';

/** The table of applied migrations. A database without it is not a Spillway store. */
export const MIGRATION_TABLE = 'spillway_migration';

/**
 * Migrations by name, applied in the order of their names. A released one never changes: a new schema needs a new migration.
 *
 * A migration only adds (*expand*): tables, indexes, columns that have a default or may be null. Replicas of the version before run on while
 * one of this version migrates. What nothing uses any more is removed one minor version later (*contract*).
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = Object.freeze({
  '0001_limits': {
    async up(database: Kysely<unknown>) {
      // `double precision` holds every JavaScript number exactly, including fractions of milliseconds.
      await database.schema
        .createTable('limit_cooldown')
        .addColumn('key', 'text', (column) => column.primaryKey().notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('until', 'double precision', (column) => column.notNull())
        .addColumn('lasting', 'integer', (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('limit_window')
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('window', 'text', (column) => column.notNull())
        .addColumn('used', 'double precision', (column) => column.notNull())
        .addColumn('until', 'double precision', (column) => column.notNull())
        .addColumn('limit', 'double precision')
        .addPrimaryKeyConstraint('limit_window_key', ['key', 'window', 'until'])
        .execute();
    },
  },
  '0002_keys': MIGRATION_0002,
  '0003_suspect_leases': {
    async up(database: Kysely<unknown>) {
      await database.schema
        .alterTable('spend_lease')
        .addColumn('suspect', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  '0004_request_log': MIGRATION_0004,
  '0005_usage_hours': MIGRATION_0005,
  '0006_request_bodies': MIGRATION_0006,
  '0007_sessions': MIGRATION_0007,
  '0008_attempt_hours': MIGRATION_0008,
  '0009_lost_leases': {
    async up(database: Kysely<unknown>) {
      await database.schema
        .alterTable('spend_lease')
        .addColumn('lost_nano', 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
});

/** What opening a store does about migrations that are missing: applies them, refuses the store, or only reports them. */
export type MigrationMode = 'apply' | 'refuse' | 'report';

/** A migration failed; the message names it. `cause` is the error of the database. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';

  constructor(migration: string, cause: unknown) {
    super(`migration ${migration} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The names of migrations that are not among the applied ones, in their order. */
export function pendingMigrations(applied: readonly string[]): readonly string[] {
  return Object.keys(MIGRATIONS)
    .filter((name) => !applied.includes(name))
    .toSorted();
}

/** Whether a newer version of Spillway has migrated the database. */
export function isNewer(applied: readonly string[]): boolean {
  return applied.some((name) => !Object.hasOwn(MIGRATIONS, name));
}

/**
 * Applies the migrations that are missing. On SQLite call it inside a `begin immediate` transaction: then two processes cannot migrate at
 * once, and a failed migration is rolled back with all others. On PostgreSQL each one has a transaction of its own. Throws a MigrationError.
 */
export async function migrate<Schema>(
  database: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
  });
  for (;;) {
    const { error, results = [] } = await migrator.migrateUp();
    if (error !== undefined) throw new MigrationError(results.at(-1)?.migrationName ?? 'of the first table', error);
    if (results.length === 0) return;
  }
}
