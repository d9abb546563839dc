import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Names that are numbers in the rows, each with the number 0 or 1 that says whether it may be absent. */
const NAMES = [
  ['key', 1],
  ['tenant', 0],
  ['door', 1],
  ['operation', 1],
  ['chain', 0],
  ['provider', 0],
  ['model', 0],
  ['code', 1],
  ['usage_source', 1],
  ['cost_source', 1],
] as const;

const TEXTS = ['client_request_id', 'end_user', 'tags', 'requested_model', 'remote', 'trace_id', 'trail'];
const FLAGS = ['stream', 'approximate'];
const COUNTS = ['status', 'attempts', 'omitted_steps'];
const AMOUNTS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'audio_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'cost_nano',
  'input_bytes',
  'output_bytes',
];

/**
 * Tables of the request log. `request` is partitioned by `id`, whose upper bits are the time, on PostgreSQL. Its partitions are made while the log is
 * written. Types as in 0002.
 */
export const MIGRATION_0004: Migration = Object.freeze({
  async up(database: Kysely<unknown>) {
    const isPostgres = database.getExecutor().adapter instanceof PostgresAdapter;
    await createNames(database, isPostgres);
    await createRequests(database, isPostgres);
    await createLogTables(database);
  },
});

async function createNames(database: Kysely<unknown>, isPostgres: boolean): Promise<void> {
  await database.schema
    .createTable('name')
    .addColumn('no', 'integer', (column) =>
      isPostgres ? column.generatedByDefaultAsIdentity().primaryKey() : column.primaryKey(),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addUniqueConstraint('name_value', ['kind', 'value'])
    .execute();
  // The first name has the number 1, which the index of failures leaves out.
  await sql`insert into name (kind, value) values ('code', 'ok')`.execute(database);
}

async function createRequests({ schema }: Kysely<unknown>, isPostgres: boolean): Promise<void> {
  let table = schema
    .createTable('request')
    .addColumn('id', isPostgres ? 'bigint' : 'integer', (column) => column.primaryKey().notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('accepted_at', 'double precision', (column) => column.notNull())
    .addColumn('queued_ms', 'double precision', (column) => column.notNull())
    .addColumn('committed_ms', 'double precision')
    .addColumn('overhead_ms', 'double precision')
    .addColumn('total_ms', 'double precision', (column) => column.notNull());
  for (const [name, required] of NAMES)
    table = table.addColumn(name, 'integer', (column) => (required === 1 ? column.notNull() : column));
  for (const name of TEXTS) table = table.addColumn(name, 'text');
  for (const name of [...FLAGS, ...COUNTS]) table = table.addColumn(name, 'integer', (column) => column.notNull());
  for (const name of AMOUNTS) table = table.addColumn(name, 'bigint');
  await (isPostgres ? table.modifyEnd(sql`partition by range (id)`) : table).execute();
  // Each index ends with the id, so that it has the order of every list.
  for (const name of ['key', 'model'])
    await schema.createIndex(`request_${name}`).on('request').columns([name, 'id']).execute();
  for (const name of ['tenant', 'end_user'])
    await schema
      .createIndex(`request_${name}`)
      .on('request')
      .columns([name, 'id'])
      .where(sql.ref(name), 'is not', null)
      .execute();
  await schema
    .createIndex('request_failed')
    .on('request')
    .column('id')
    .where(sql.ref('code'), '<>', sql.lit(1))
    .execute();
  await schema.createIndex('request_request_id').on('request').column('request_id').execute();
  await schema
    .createIndex('request_client_request_id')
    .on('request')
    .columns(['client_request_id', 'id'])
    .where(sql.ref('client_request_id'), 'is not', null)
    .execute();
}

async function createLogTables({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('log_count')
    .addColumn('hour', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('rows', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('log_setting')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('log_replica')
    .addColumn('no', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('process', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'double precision', (column) => column.notNull())
    .execute();
}
