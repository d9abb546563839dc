import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** A row of the request log that was written or deleted: its hour since the epoch. */
export interface CountedRow {
  readonly hour: number;
}

/** SQL of a row's hour, as a column of a statement that returns rows. */
export const HOUR_COLUMN = 'cast((id >> 22) / 3600000 as integer) as hour';

/** Adds rows that were written to how many there are of each hour, or takes away those that were deleted. Call it in their transaction. */
export async function countRows(
  transaction: Kysely<Tables>,
  rows: readonly CountedRow[],
  change: 'written' | 'deleted',
): Promise<void> {
  if (rows.length === 0) return;
  const each = change === 'written' ? 1 : -1;
  const hours = new Map<number, number>();
  for (const { hour } of rows) hours.set(hour, (hours.get(hour) ?? 0) + each);
  await transaction
    .insertInto('log_count')
    .values([...hours].toSorted(([a], [b]) => a - b).map(([hour, count]) => ({ hour, rows: count })))
    .onConflict((conflict) =>
      conflict.column('hour').doUpdateSet((row) => ({ rows: row('log_count.rows', '+', row.ref('excluded.rows')) })),
    )
    .execute();
}
