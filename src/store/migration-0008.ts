import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The table of attempts by hour. Types as in 0002. */
export const MIGRATION_0008: Migration = Object.freeze({
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('attempt_hour')
      .addColumn('hour', 'integer', (column) => column.notNull())
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('attempt_hour_key', ['hour', 'provider', 'model', 'outcome'])
      .execute();
  },
});
