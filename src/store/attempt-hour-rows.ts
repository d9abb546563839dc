import { type Kysely, sql } from 'kysely';
import type { AttemptCell, AttemptsQuery } from './attempt-hours.ts';
import { batches, type Database, listOf } from './database.ts';
import { mergeRows } from './merge-rows.ts';
import { storable } from './storable.ts';
import type { Batch } from './store.ts';
import type { Tables } from './tables.ts';

/** Adds the attempts of a batch, in its transaction. */
export async function addAttempts(transaction: Kysely<Tables>, { attempts }: Pick<Batch, 'attempts'>): Promise<void> {
  const rows = mergeRows(
    attempts.map((cell) => {
      const row = { ...cell, provider: storable(cell.provider), model: storable(cell.model) };
      return { id: [row.hour, row.provider, row.model, row.outcome], row };
    }),
    (one, other) => ({ ...one, attempts: one.attempts + other.attempts }),
  );
  for (const part of batches(rows))
    await transaction
      .insertInto('attempt_hour')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .columns(['hour', 'provider', 'model', 'outcome'])
          .doUpdateSet((row) => ({ attempts: row('attempt_hour.attempts', '+', row.ref('excluded.attempts')) })),
      )
      .execute();
}

/** Deletes the attempts of hours before the given one, counted from the epoch. */
export async function pruneAttempts(transaction: Kysely<Tables>, hour: number): Promise<void> {
  await transaction.deleteFrom('attempt_hour').where('hour', '<', hour).execute();
}

/** Reads attempts, those of the newest hour first. */
export async function attemptHours({ queries }: Database, query: AttemptsQuery): Promise<readonly AttemptCell[]> {
  const { from, to, provider, model, among, limit } = query;
  return queries
    .selectFrom('attempt_hour')
    .select(['hour', 'provider', 'model', 'outcome', 'attempts'])
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .$if(provider !== undefined, (all) => all.where('provider', '=', storable(provider ?? '')))
    .$if(model !== undefined, (all) => all.where('model', '=', storable(model ?? '')))
    .$if(among !== undefined, (all) => all.where(sql<boolean>`(provider, model) in ${listOf(among ?? [])}`))
    .orderBy('hour', 'desc')
    .orderBy('provider')
    .orderBy('model')
    .orderBy('outcome')
    .limit(limit)
    .execute();
}
