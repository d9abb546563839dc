import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AuditEntry } from '../../domain/key-record.ts';
import { insertAudit } from '../audit-rows.ts';
import { batches, type Database } from '../database.ts';
import { StoreError } from '../store-error.ts';
import type { Tables } from '../tables.ts';
import type { StoredBody } from './stored-body.ts';

/** Bodies that are deleted in one transaction. */
export const SLICE_BODIES = 1000;

/**
 * Writes bodies whose request has a row, and returns their number: those of others are left out, because nothing would lead to them. Bodies that are there
 * already stay. `most`: deletes all but the newest so many. Rejects where the disk is nearly full.
 */
export async function writeBodies(
  database: Database,
  { bodies, most }: { readonly bodies: readonly StoredBody[]; readonly most: number | undefined },
): Promise<number> {
  if (database.isNearlyFull()) throw new StoreError('full', 'bodies');
  return database.write('records', async (transaction) => {
    const rows = await transaction
      .selectFrom('request')
      .select(sql<string>`cast(id as text)`.as('id'))
      .where(oneOf(bodies.map(({ id }) => id)))
      // A row that is being forgotten is waited for: its bodies would be left behind.
      .$if(database.engine === 'postgres', (all) => all.forKeyShare())
      .execute();
    const present = new Set(rows.map(({ id }) => id));
    const written = bodies.filter(({ id }) => present.has(id.toString()));
    for (const part of batches(written))
      await transaction
        .insertInto('request_body')
        .values(part)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    if (most !== undefined) await deleteAllBut(transaction, most);
    return written.length;
  });
}

/** The bodies of a row, once the audit entry of their reading is written; undefined where there are none, and then nothing is written. */
export async function readBody(
  database: Database,
  { id, audit }: { readonly id: bigint; readonly audit: AuditEntry },
): Promise<Omit<StoredBody, 'id'> | undefined> {
  return database.write('records', async (transaction) => {
    const found = await transaction
      .selectFrom('request_body')
      .select(['request', 'answer', 'facts'])
      .where(oneOf([id]))
      .executeTakeFirst();
    if (found !== undefined) await insertAudit(transaction, [audit]);
    return found;
  });
}

/** Deletes the bodies of rows, in the transaction that deletes the rows. */
export async function deleteBodies(transaction: Kysely<Tables>, ids: readonly bigint[]): Promise<void> {
  for (const part of batches(ids)) await transaction.deleteFrom('request_body').where(oneOf(part)).execute();
}

/** Deletes the bodies of all rows from one id up to and without another one, in the transaction that deletes the rows. */
export async function deleteBodiesBetween(transaction: Kysely<Tables>, from: bigint, to: bigint): Promise<void> {
  await transaction
    .deleteFrom('request_body')
    .where(sql<SqlBool>`id >= ${from} and id < ${to}`)
    .execute();
}

/** Deletes at most 1,000 bodies of rows with lower ids. Returns how many. */
export async function deleteOldBodies(database: Database, below: bigint): Promise<number> {
  const { numDeletedRows } = await database.write('records', (transaction) =>
    transaction
      .deleteFrom('request_body')
      .where('id', 'in', (body) =>
        body
          .selectFrom('request_body')
          .select('id')
          .where(sql<SqlBool>`id < ${below}`)
          .orderBy('id')
          .limit(SLICE_BODIES),
      )
      .executeTakeFirst(),
  );
  return Number(numDeletedRows);
}

async function deleteAllBut(transaction: Kysely<Tables>, most: number): Promise<void> {
  await transaction
    .deleteFrom('request_body')
    .where('id', 'in', (body) =>
      // SQLite has no offset without a limit.
      body.selectFrom('request_body').select('id').orderBy('id', 'desc').limit(Number.MAX_SAFE_INTEGER).offset(most),
    )
    .execute();
}

function oneOf(ids: readonly bigint[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`id in (${sql.join(ids)})`;
}
