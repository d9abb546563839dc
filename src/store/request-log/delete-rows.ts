import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { insertAudit } from '../audit-rows.ts';
import type { Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { numbersOf } from './filter-numbers.ts';
import { rowConditions } from './row-filter.ts';
import { type CountedRow, countRows, HOUR_COLUMN } from './hour-counts.ts';
import { deleteBodies } from './request-bodies.ts';
import type { ForgetSlice } from './stored-log.ts';

/** Rows that are deleted in one transaction: others wait for a few milliseconds. */
export const SLICE_ROWS = 1000;

/** Deletes at most 1,000 of the rows, with their bodies, for which the conditions hold, the oldest ones first where they are by id. Returns how many. */
export async function deleteSlice(
  transaction: Kysely<Tables>,
  conditions: readonly Expression<SqlBool>[],
): Promise<number> {
  const where = sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` and `,
  );
  const { rows } = await sql<CountedRow & { readonly id: string }>`delete from request where id in
    (select id from request where ${where} limit ${SLICE_ROWS})
    returning cast(id as text) as id, ${sql.raw(HOUR_COLUMN)}`.execute(transaction);
  await deleteBodies(
    transaction,
    rows.map(({ id }) => BigInt(id)),
  );
  await countRows(transaction, rows, 'deleted');
  return rows.length;
}

/** Deletes at most 1,000 rows of a person, a key or a tenant, or those of the ids. Returns how many; fewer than 1,000 mean that none is left. */
export async function forgetRequests(database: Database, slice: ForgetSlice): Promise<number> {
  const { filter, ids, below, audit } = slice;
  const numbers = await numbersOf(database, filter);
  return database.write('records', async (transaction) => {
    if (audit !== undefined) await insertAudit(transaction, [audit]);
    if (numbers === undefined) return 0;
    const { indexed, others } = rowConditions(expressionBuilder<Tables, 'request'>(), filter, numbers);
    const chosen = ids === undefined ? [] : [sql<SqlBool>`id in (${sql.join(ids)})`];
    return deleteSlice(transaction, [
      ...chosen,
      ...(indexed === undefined ? [] : [indexed]),
      ...others,
      sql<SqlBool>`id < ${below}`,
    ]);
  });
}
