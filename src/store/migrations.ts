import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

/** The table of applied migrations. A database without it is not a Spillway store. */
export const MIGRATION_TABLE = 'spillway_migration';

/** Migrations by name, applied in the order of their names. A released one never changes: a new schema needs a new migration. */
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
});

/**
 * Applies the migrations that are missing. Call it inside a `begin immediate` transaction: then two processes cannot migrate at once, and a
 * failed migration is rolled back as a whole. Throws the error of the migration that failed.
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
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
