import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const TOTALS = [
  'requests',
  'streams',
  'attempts',
  'failovers',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano',
  'estimated_nano',
  'unknown_cost',
  'total_ms',
];
const HISTOGRAMS = ['first_token', 'duration'];
const BUCKETS = 14;

/** The table of usage by hour. Types as in 0002. */
export const MIGRATION_0005: Migration = Object.freeze({
  async up({ schema }: Kysely<unknown>) {
    let table = schema
      .createTable('usage_hour')
      .addColumn('hour', 'integer', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('chain', 'text', (column) => column.notNull())
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('code', 'text', (column) => column.notNull());
    const buckets = HISTOGRAMS.flatMap((name) => Array.from({ length: BUCKETS }, (_, bucket) => `${name}_${bucket}`));
    for (const sum of [...TOTALS, ...buckets]) table = table.addColumn(sum, 'bigint', (column) => column.notNull());
    await table
      .addPrimaryKeyConstraint('usage_hour_key', ['hour', 'tenant', 'chain', 'provider', 'model', 'code'])
      .execute();
  },
});
