import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The table of sessions. Types as in 0002. */
export const MIGRATION_0007: Migration = Object.freeze({
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('session')
      .addColumn('digest', 'text', (column) => column.primaryKey().notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('masked_key', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('created_at', 'double precision', (column) => column.notNull())
      .addColumn('used_at', 'double precision', (column) => column.notNull())
      .addColumn('ended_at', 'double precision')
      .execute();
    await schema.createIndex('session_key').on('session').columns(['key_id', 'created_at']).execute();
  },
});
