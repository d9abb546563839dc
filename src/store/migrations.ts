import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

/** Where a store keeps which migrations it has been through; a database without it is not ours. */
export const MIGRATION_TABLE = 'spillway_migration';

/** Every migration by its name, in the order of the names. One that was released is never changed: what is to be different needs another. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = Object.freeze({
  '0001_limits': {
    async up(database: Kysely<unknown>) {
      // `double precision` holds every number of JavaScript as it is, fractions of milliseconds too.
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
 * Brings a store to the newest version. Runs inside a transaction of the caller's that has the right to write from its start: then two
 * processes cannot do it at once, and one that fails leaves nothing half done. Throws what went wrong.
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
