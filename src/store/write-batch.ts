import { type Kysely, sql } from 'kysely';
import { addAttempts, pruneAttempts } from './attempt-hour-rows.ts';
import { insertAudit } from './audit-rows.ts';
import { batches, type Database, listOf } from './database.ts';
import { pruneLeases } from './lease-expiry.ts';
import { takeFromLeases } from './lease-rows.ts';
import { mergeRows } from './merge-rows.ts';
import { storable } from './storable.ts';
import type { Batch, SpendRow } from './store.ts';
import type { KeyUseRow, SpendTableRow, Tables, UsageDayRow } from './tables.ts';
import { addHours, pruneHours } from './usage-hour-rows.ts';
import { HOURS_KEPT_DAYS } from './usage-hours.ts';
import { USAGE_SUMS } from './usage-cells.ts';

type Transaction = Kysely<Tables>;

const HOUR_MS = 3600_000;
const DAY_MS = 86_400_000;
/** After how long without a batch a process is forgotten. A batch is repeated for minutes, not days. */
const WRITER_MS = 30 * DAY_MS;
/** After how long from its start a period's spend is deleted. The longest period, a month, has 31 days; usage by day stays. */
const SPEND_MS = 100 * DAY_MS;
/** After how long without a request the use of a key that the store does not have is deleted. */
const KEY_USE_MS = 100 * DAY_MS;
/** How long sums by hour are kept. */
const HOURS_MS = HOURS_KEPT_DAYS * DAY_MS;
/** Batches of a process between two deletions of old rows: at a batch each 100 ms about a quarter of an hour. */
const BATCHES_PER_PRUNING = 10_000;

/** A batch, and the time at which it is written, in milliseconds since the epoch. */
export interface BatchToWrite {
  readonly batch: Batch;
  readonly now: number;
}

/**
 * Writes a batch in one transaction. Writes nothing where this batch, or a later one of its writer, was written before. Resolves to the sums of the periods
 * of `batch.spend`, as `StoredRecords.write` does.
 */
export function writeBatch(database: Database, { batch, now }: BatchToWrite): Promise<readonly SpendRow[]> {
  const isShared = database.engine === 'postgres';
  return database.write('records', async (transaction) => {
    if (!(await isNew(transaction, batch, now))) return isShared ? readSpend(transaction, batch) : [];
    await addSpend(transaction, batch);
    // The rows are locked now, so that no other process adds to the sums before this batch is written.
    const sums = isShared ? await readSpend(transaction, batch) : [];
    if (isShared) await takeFromLeases(transaction, batch.writer, [...batch.spend, ...batch.givenBack]);
    await addUsage(transaction, batch);
    await addHours(transaction, batch);
    await addAttempts(transaction, batch);
    await noteUse(transaction, batch);
    await insertAudit(transaction, batch.audit);
    if (batch.seq % BATCHES_PER_PRUNING === 1) await prune(transaction, now);
    return sums;
  });
}

/** On PostgreSQL the row is locked until the end of the transaction, so the same batch waits for itself. */
async function isNew(transaction: Transaction, { writer, seq }: Batch, at: number): Promise<boolean> {
  const row = await transaction
    .insertInto('writer')
    .values({ id: writer, seq, at })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet((excluded) => ({ seq: excluded.ref('excluded.seq'), at: excluded.ref('excluded.at') }))
        .whereRef('excluded.seq', '>', 'writer.seq'),
    )
    .returning('seq')
    .executeTakeFirst();
  return row !== undefined;
}

async function addSpend(transaction: Transaction, { spend }: Batch): Promise<void> {
  const rows = mergeRows(
    spend.map(({ owner, budget, startsAt, nano }) => ({
      id: [storable(owner), storable(budget), startsAt],
      row: { owner: storable(owner), budget: storable(budget), starts_at: startsAt, nano },
    })),
    (one: SpendTableRow, other) => ({ ...one, nano: one.nano + other.nano }),
  );
  for (const part of batches(rows))
    await transaction
      .insertInto('spend')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .columns(['owner', 'budget', 'starts_at'])
          .doUpdateSet((row) => ({ nano: row('spend.nano', '+', row.ref('excluded.nano')) })),
      )
      .execute();
}

/** What is spent of the periods that a batch adds to. */
async function readSpend(transaction: Transaction, { spend }: Batch): Promise<readonly SpendRow[]> {
  const sums: SpendRow[] = [];
  for (const part of batches(spend)) {
    const periods = part.map(({ owner, budget, startsAt }) => [storable(owner), storable(budget), startsAt]);
    const rows = await transaction
      .selectFrom('spend')
      .select(['owner', 'budget', 'starts_at as startsAt', 'nano'])
      .where(sql<boolean>`(owner, budget, starts_at) in ${listOf(periods)}`)
      .execute();
    sums.push(...rows);
  }
  return sums;
}

async function addUsage(transaction: Transaction, { usage }: Batch): Promise<void> {
  const rows = mergeRows(
    usage.map((each) => {
      const texts = {
        tenant: storable(each.tenant),
        key_id: storable(each.keyId),
        chain: storable(each.chain),
        provider: storable(each.provider),
        model: storable(each.model),
      };
      return { id: [each.day, ...Object.values(texts)], row: { day: each.day, ...texts, ...sumsOf(each) } };
    }),
    (one: UsageDayRow, other) => ({
      ...one,
      ...Object.fromEntries(USAGE_SUMS.map(([, column]) => [column, one[column] + other[column]])),
    }),
  );
  for (const part of batches(rows))
    await transaction
      .insertInto('usage_day')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .columns(['day', 'tenant', 'key_id', 'chain', 'provider', 'model'])
          .doUpdateSet((row) =>
            Object.fromEntries(
              USAGE_SUMS.map(([, column]) => [column, row(`usage_day.${column}`, '+', row.ref(`excluded.${column}`))]),
            ),
          ),
      )
      .execute();
}

function sumsOf(row: Batch['usage'][number]) {
  return {
    requests: row.requests,
    input_tokens: row.inputTokens,
    cached_input_tokens: row.cachedInputTokens,
    output_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    cost_nano: row.costNano,
    estimated_nano: row.estimatedNano,
    unknown_cost: row.unknownCost,
  };
}

async function noteUse(transaction: Transaction, { lastUsed }: Batch): Promise<void> {
  const rows = mergeRows(
    lastUsed.map(({ keyId, at }) => ({ id: [storable(keyId)], row: { key_id: storable(keyId), at } })),
    (one: KeyUseRow, other) => (one.at > other.at ? one : other),
  );
  for (const part of batches(rows))
    await transaction
      .insertInto('key_use')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .column('key_id')
          .doUpdateSet((row) => ({ at: row.ref('excluded.at') }))
          .whereRef('excluded.at', '>', 'key_use.at'),
      )
      .execute();
}

async function prune(transaction: Transaction, now: number): Promise<void> {
  await transaction
    .deleteFrom('writer')
    .where('at', '<', now - WRITER_MS)
    .execute();
  await transaction
    .deleteFrom('spend')
    .where('starts_at', '>', 0)
    .where('starts_at', '<', now - SPEND_MS)
    .execute();
  // Keys of the file are in no table, so only time says that they are gone.
  await transaction
    .deleteFrom('key_use')
    .where('at', '<', now - KEY_USE_MS)
    .where((row) => row.not(row.exists(row.selectFrom('api_key').select('id').whereRef('id', '=', 'key_use.key_id'))))
    .execute();
  const oldest = Math.floor((now - HOURS_MS) / HOUR_MS);
  await pruneHours(transaction, oldest);
  await pruneAttempts(transaction, oldest);
  await pruneLeases(transaction);
}
