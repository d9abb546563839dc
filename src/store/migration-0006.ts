import { type Kysely, PostgresAdapter } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The bodies of requests, by the ids of their rows. Types as in 0004. */
export const MIGRATION_0006: Migration = Object.freeze({
  async up(database: Kysely<unknown>) {
    const isPostgres = database.getExecutor().adapter instanceof PostgresAdapter;
    const bytes = isPostgres ? 'bytea' : 'blob';
    await database.schema
      .createTable('request_body')
      .addColumn('id', isPostgres ? 'bigint' : 'integer', (column) => column.primaryKey().notNull())
      .addColumn('request', bytes)
      .addColumn('answer', bytes)
      .addColumn('facts', 'text', (column) => column.notNull())
      .execute();
  },
});
