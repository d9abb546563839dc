import { CompiledQuery, type Kysely, sql } from 'kysely';
import { batches, type Database } from '../database.ts';
import { storable } from '../storable.ts';
import { StoreError } from '../store-error.ts';
import type { NameKind, RequestTableRow, Tables } from '../tables.ts';
import { type CountedRow, countRows, HOUR_COLUMN } from './hour-counts.ts';
import { internNames, type NumberOf } from './names.ts';
import { OPTIONAL_NAMES, PLAIN_COLUMNS, REQUIRED_NAMES } from './columns.ts';
import type { RequestRow } from './request-row.ts';
import { trailJson } from './trail-json.ts';

/** The longest text of a row that a client chooses, in characters. */
const LONGEST_TEXT = 256;

/** A row as JSON holds it: an id would lose its last digits as a number. */
type JsonRow = Omit<RequestTableRow, 'id'> & { readonly id: string };

/**
 * Writes rows of the request log in one transaction. A row that is there already is left as it is, so that the same call may be repeated. Rejects where
 * the disk is nearly full.
 */
export async function writeRequests(database: Database, rows: readonly RequestRow[]): Promise<void> {
  if (database.isNearlyFull()) throw new StoreError('full', 'request log');
  const numberOf = await internNames(database, namesOf(rows));
  const records = rows.map((row) => toJsonRow(row, numberOf));
  await database.write('records', async (transaction) => {
    const inserted =
      database.engine === 'postgres'
        ? await insertJson(transaction, records)
        : await insertValues(transaction, records);
    await countRows(transaction, inserted, 'written');
  });
}

/** Rows that were not there before are returned. */
const RETURNING = `on conflict (id) do nothing returning ${HOUR_COLUMN}`;

/** On PostgreSQL. One statement with one parameter for many rows: binding each value of 500 rows would take the event loop for 10 ms. */
async function insertJson(transaction: Kysely<Tables>, rows: readonly JsonRow[]): Promise<readonly CountedRow[]> {
  const columns = sql.join(COLUMNS.map((column) => sql.ref(column)));
  const inserted: CountedRow[] = [];
  for (const part of batches(rows)) {
    const source = sql`json_populate_recordset(null::request, ${JSON.stringify(part)}::json)`;
    const insert = sql<CountedRow>`insert into request (${columns}) select ${columns} from ${source} where true ${sql.raw(RETURNING)}`;
    inserted.push(...(await insert.execute(transaction)).rows);
  }
  return inserted;
}

/** Rows of one statement on SQLite. Each takes a tenth of what it takes from JSON, and more rows at once save nothing. */
const ROWS_AT_ONCE = 50;

/** On SQLite, in its thread. */
async function insertValues(transaction: Kysely<Tables>, rows: readonly JsonRow[]): Promise<readonly CountedRow[]> {
  const inserted: CountedRow[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const part = rows.slice(from, from + ROWS_AT_ONCE);
    const insert = CompiledQuery.raw(insertText(part.length), part.flatMap(valuesOf));
    inserted.push(...(await transaction.executeQuery<CountedRow>(insert)).rows);
  }
  return inserted;
}

function insertText(rows: number): string {
  const values = `(${COLUMNS.map(() => '?').join(',')})`;
  return `insert into request (${COLUMNS.join(',')}) values ${Array.from({ length: rows }, () => values).join(',')} ${RETURNING}`;
}

function valuesOf(row: JsonRow): unknown[] {
  return COLUMNS.map((column) => (column === 'id' ? BigInt(row.id) : row[column]));
}

function* namesOf(rows: readonly RequestRow[]): Generator<readonly [NameKind, string]> {
  for (const row of rows) {
    yield ['key', row.keyId];
    if (row.tenant !== '') yield ['tenant', row.tenant];
    yield ['door', row.door];
    yield ['operation', row.operation];
    if (row.chain !== undefined) yield ['chain', row.chain];
    if (row.provider !== undefined) yield ['provider', row.provider];
    if (row.model !== undefined) yield ['model', row.model];
    yield ['code', row.code];
    yield ['usage_source', row.usageSource];
    yield ['cost_source', row.costSource];
  }
}

function toJsonRow(row: RequestRow, numberOf: NumberOf): JsonRow {
  const { tokens, chain, provider, model } = row;
  const { json: trail, omitted } = trailJson(row.trail);
  return {
    id: row.id.toString(),
    request_id: storable(row.requestId),
    client_request_id: textOf(row.clientRequestId),
    accepted_at: row.acceptedAt,
    queued_ms: row.queuedMs,
    committed_ms: row.committedMs ?? null,
    overhead_ms: row.overheadMs ?? null,
    total_ms: row.totalMs,
    key: numberOf('key', row.keyId),
    tenant: row.tenant === '' ? null : numberOf('tenant', row.tenant),
    door: numberOf('door', row.door),
    operation: numberOf('operation', row.operation),
    chain: chain === undefined ? null : numberOf('chain', chain),
    provider: provider === undefined ? null : numberOf('provider', provider),
    model: model === undefined ? null : numberOf('model', model),
    code: numberOf('code', row.code),
    usage_source: numberOf('usage_source', row.usageSource),
    cost_source: numberOf('cost_source', row.costSource),
    end_user: textOf(row.user),
    tags: row.tags.length === 0 ? null : tagsText(row.tags),
    requested_model: textOf(row.requestedModel),
    remote: textOf(row.remote),
    trace_id: textOf(row.traceId),
    trail: trail === null ? null : storable(trail),
    omitted_steps: row.omittedSteps + omitted,
    stream: row.stream ? 1 : 0,
    approximate: row.approximate ? 1 : 0,
    status: row.status,
    attempts: row.attempts,
    input_tokens: tokens?.input ?? null,
    cached_input_tokens: tokens?.cachedInput ?? null,
    cache_write_tokens: tokens?.cacheWrite ?? null,
    audio_input_tokens: tokens?.audioInput ?? null,
    output_tokens: tokens?.output ?? null,
    reasoning_tokens: tokens?.reasoning ?? null,
    audio_output_tokens: tokens?.audioOutput ?? null,
    cost_nano: row.costNano ?? null,
    input_bytes: row.inputBytes ?? null,
    output_bytes: row.outputBytes ?? null,
  };
}

function textOf(text: string | undefined): string | null {
  return text === undefined ? null : storable(text.slice(0, LONGEST_TEXT));
}

/** Tags as they are stored: each between two line breaks, which no tag contains. */
export function tagsText(tags: readonly string[]): string {
  return `\n${tags.map((tag) => storable(tag).replaceAll('\n', ' ')).join('\n')}\n`;
}

const COLUMNS = ['id', ...REQUIRED_NAMES, ...OPTIONAL_NAMES, ...PLAIN_COLUMNS] as const;
