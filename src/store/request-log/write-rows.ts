import { CompiledQuery, type Kysely, sql } from 'kysely';
import { batches, type Database } from '../database.ts';
import { storable } from '../storable.ts';
import { StoreError } from '../store-error.ts';
import type { Tables } from '../tables.ts';
import { type CountedRow, countRows, HOUR_COLUMN } from './hour-counts.ts';
import { internNames } from './names.ts';
import { NUMBER_COLUMNS, TEXT_COLUMNS } from './columns.ts';
import { NAME_COLUMNS, type PackedRows } from './packed-rows.ts';

/** The values of a row, in the order of COLUMNS. */
type RowValues = readonly [id: bigint, ...others: (string | number | null)[]];

/**
 * Writes rows of the request log in one transaction. A row that is there already is left as it is, so that the same call may be repeated. Rejects where
 * the disk is nearly full.
 */
export async function writeRequests(database: Database, rows: PackedRows): Promise<void> {
  if (database.isNearlyFull()) throw new StoreError('full', 'request log');
  const numberOf = await internNames(database, rows.names);
  const values = valuesOf(
    rows,
    rows.names.map(([kind, value]) => numberOf(kind, value)),
  );
  await database.write('records', async (transaction) => {
    const inserted =
      database.engine === 'postgres' ? await insertJson(transaction, values) : await insertValues(transaction, values);
    await countRows(transaction, inserted, 'written');
  });
}

/** Rows that were not there before are returned. */
const RETURNING = `on conflict (id) do nothing returning ${HOUR_COLUMN}`;

/** On PostgreSQL. One statement with one parameter for many rows: binding each value of 500 rows would take the event loop for 10 ms. */
async function insertJson(transaction: Kysely<Tables>, rows: readonly RowValues[]): Promise<readonly CountedRow[]> {
  const columns = sql.join(COLUMNS.map((column) => sql.ref(column)));
  const inserted: CountedRow[] = [];
  for (const part of batches(rows)) {
    const source = sql`json_populate_recordset(null::request, ${JSON.stringify(part.map(toRecord))}::json)`;
    const insert = sql<CountedRow>`insert into request (${columns}) select ${columns} from ${source} where true ${sql.raw(RETURNING)}`;
    inserted.push(...(await insert.execute(transaction)).rows);
  }
  return inserted;
}

/** A row as JSON holds it: an id would lose its last digits as a number. */
function toRecord(values: RowValues): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(
    values.map((value, at) => [COLUMNS[at], typeof value === 'bigint' ? value.toString() : value]),
  );
}

/** Rows of one statement on SQLite. Each takes a tenth of what it takes from JSON, and more rows at once save nothing. */
const ROWS_AT_ONCE = 50;

/** On SQLite, in its thread. */
async function insertValues(transaction: Kysely<Tables>, rows: readonly RowValues[]): Promise<readonly CountedRow[]> {
  const inserted: CountedRow[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const part = rows.slice(from, from + ROWS_AT_ONCE);
    const insert = CompiledQuery.raw(insertText(part.length), part.flat());
    inserted.push(...(await transaction.executeQuery<CountedRow>(insert)).rows);
  }
  return inserted;
}

const insertTexts = new Map<number, string>();

/** The statement for so many rows, at most 50. */
function insertText(rows: number): string {
  const known = insertTexts.get(rows);
  if (known !== undefined) return known;
  const values = `(${COLUMNS.map(() => '?').join(',')})`;
  const text = `insert into request (${COLUMNS.join(',')}) values ${Array.from({ length: rows }, () => values).join(',')} ${RETURNING}`;
  insertTexts.set(rows, text);
  return text;
}

/** `nameNumbers`: those of the rows' names. */
function valuesOf(rows: PackedRows, nameNumbers: readonly number[]): readonly RowValues[] {
  const { ids, nameIndexes, texts, numbers } = rows;
  return Array.from(ids, (id, row) => {
    const values: [bigint, ...(string | number | null)[]] = [id];
    for (let at = row * NAME_COLUMNS.length; at < (row + 1) * NAME_COLUMNS.length; at++)
      values.push(nameNumbers[nameIndexes[at] ?? -1] ?? null);
    for (let at = row * TEXT_COLUMNS.length; at < (row + 1) * TEXT_COLUMNS.length; at++) {
      const text = texts[at];
      values.push(typeof text === 'string' ? storable(text) : null);
    }
    for (let at = row * NUMBER_COLUMNS.length; at < (row + 1) * NUMBER_COLUMNS.length; at++) {
      const value = numbers[at] ?? Number.NaN;
      values.push(Number.isNaN(value) ? null : value);
    }
    return values;
  });
}

const COLUMNS = ['id', ...NAME_COLUMNS, ...TEXT_COLUMNS, ...NUMBER_COLUMNS] as const;
