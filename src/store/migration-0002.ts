import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Tables of keys, tenants, budgets and usage. Times are `double precision`, as in 0001. Counts and money are `bigint`: SQLite stores any
 * integer in 64 bits, PostgreSQL's `integer` has 32.
 */
export const MIGRATION_0002: Migration = Object.freeze({
  async up(database: Kysely<unknown>) {
    await createDirectory(database);
    await createAudit(database);
    await createRecords(database);
  },
});

async function createDirectory({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('api_key')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'double precision')
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('api_key_name')
    .unique()
    .on('api_key')
    .columns(['tenant', 'name'])
    .where(sql.ref('revoked_at'), 'is', null)
    .execute();
  await schema
    .createTable('api_key_secret')
    .addColumn('digest', 'text', (column) => column.primaryKey().notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('api_key_secret_key_id').on('api_key_secret').column('key_id').execute();
  await schema
    .createTable('tenant')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('change')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('change_key', ['kind', 'id'])
    .execute();
  await schema.createIndex('change_seq').on('change').column('seq').execute();
}

async function createAudit(database: Kysely<unknown>): Promise<void> {
  const isPostgres = database.getExecutor().adapter instanceof PostgresAdapter;
  await database.schema
    .createTable('audit')
    // SQLite numbers the rows of a table with an `integer primary key` by itself.
    .addColumn('no', isPostgres ? 'bigint' : 'integer', (column) =>
      isPostgres ? column.generatedByDefaultAsIdentity().primaryKey() : column.primaryKey(),
    )
    .addColumn('at', 'double precision', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('via', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addColumn('request_id', 'text')
    .addColumn('remote', 'text')
    .execute();
  for (const column of ['actor_id', 'target', 'tenant'])
    await database.schema.createIndex(`audit_${column}`).on('audit').columns([column, 'no']).execute();
}

async function createRecords({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('spend')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('budget', 'text', (column) => column.notNull())
    .addColumn('starts_at', 'double precision', (column) => column.notNull())
    .addColumn('nano', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('spend_key', ['owner', 'budget', 'starts_at'])
    .execute();
  await schema.createIndex('spend_starts_at').on('spend').column('starts_at').execute();
  await schema
    .createTable('spend_lease')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('budget', 'text', (column) => column.notNull())
    .addColumn('starts_at', 'double precision', (column) => column.notNull())
    .addColumn('process', 'text', (column) => column.notNull())
    .addColumn('nano', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('spend_lease_key', ['owner', 'budget', 'starts_at', 'process'])
    .execute();
  await schema.createIndex('spend_lease_process').on('spend_lease').column('process').execute();
  await schema
    .createTable('usage_day')
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('chain', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('requests', 'bigint', (column) => column.notNull())
    .addColumn('input_tokens', 'bigint', (column) => column.notNull())
    .addColumn('cached_input_tokens', 'bigint', (column) => column.notNull())
    .addColumn('output_tokens', 'bigint', (column) => column.notNull())
    .addColumn('reasoning_tokens', 'bigint', (column) => column.notNull())
    .addColumn('cost_nano', 'bigint', (column) => column.notNull())
    .addColumn('estimated_nano', 'bigint', (column) => column.notNull())
    .addColumn('unknown_cost', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_day_key', ['day', 'tenant', 'key_id', 'chain', 'provider', 'model'])
    .execute();
  await schema
    .createTable('key_use')
    .addColumn('key_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'double precision', (column) => column.notNull())
    .execute();
  await schema
    .createTable('writer')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'double precision', (column) => column.notNull())
    .execute();
}
