import type { Kysely } from 'kysely';
import { batches, type Database } from './database.ts';
import type { ChangeRow, Tables } from './tables.ts';

/** Returns the number of the newest change; 0 before the first. */
export async function newestChange({ queries }: Pick<Database, 'queries'>): Promise<number> {
  const row = await queries
    .selectFrom('change')
    .select(({ fn }) => fn.max('seq').as('seq'))
    .executeTakeFirst();
  return row?.seq ?? 0;
}

/** Notes changes, in their transaction. */
export async function noteChanges(transaction: Kysely<Tables>, changes: readonly ChangeRow[]): Promise<void> {
  for (const rows of batches(changes))
    await transaction
      .insertInto('change')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['kind', 'id']).doUpdateSet((row) => ({ seq: row.ref('excluded.seq') })),
      )
      .execute();
}
