import { sql } from 'kysely';
import { WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import { type FailureKind, FAILS_OVER } from '../domain/outcome.ts';
import type { Lasting } from '../state/limit-state.ts';
import { batches, type Database, listOf } from './database.ts';
import { changesOf, type LimitsSave } from './limit-changes.ts';
import type { LimitWindowRow } from './tables.ts';

/**
 * Reads the rows that have not expired at `now` (milliseconds since the epoch), ordered by key. Rows with a reason or a window that this
 * version does not know are skipped.
 */
export async function loadLimits({ queries }: Database, now: number): Promise<Lasting> {
  const cooldowns = await queries
    .selectFrom('limit_cooldown')
    .selectAll()
    .where('until', '>', now)
    .orderBy('key')
    .execute();
  const windows = await queries
    .selectFrom('limit_window')
    .selectAll()
    .where('until', '>', now)
    .orderBy('key')
    .orderBy('window')
    .orderBy('until')
    .execute();
  return {
    cooldowns: cooldowns.flatMap(({ key, reason, until, lasting }) =>
      isFailureKind(reason) ? [{ key, reason, retryAt: until, lasting: lasting !== 0 }] : [],
    ),
    windows: withoutNegatives(windows).flatMap(({ key, window, used, until, limit }) =>
      isWindowName(window) ? [{ key, window, used, until, limit: limit ?? undefined }] : [],
    ),
  };
}

/**
 * Applies the difference between two views of one process (see `changesOf`) and deletes every row that has expired, in one transaction.
 * Other rows of other processes stay.
 */
export async function saveLimits(database: Database, save: LimitsSave): Promise<void> {
  const changes = changesOf(save);
  await database.write('limits', async (transaction) => {
    for (const rows of batches(changes.endedCooldowns)) {
      const ended = listOf(rows.map(({ key, until }) => [key, until]));
      await sql`delete from limit_cooldown where ("key", "until") in ${ended}`.execute(transaction);
    }
    for (const rows of batches(changes.cooldowns))
      await transaction
        .insertInto('limit_cooldown')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet((row) => ({
              reason: row.ref('excluded.reason'),
              until: row.ref('excluded.until'),
              lasting: row.ref('excluded.lasting'),
            }))
            .whereRef('excluded.until', '>', 'limit_cooldown.until'),
        )
        .execute();
    for (const rows of batches(changes.replacedWindows)) {
      const replaced = listOf(rows.map(({ key, window }) => [key, window]));
      await sql`delete from limit_window where ("key", "window") in ${replaced}`.execute(transaction);
    }
    for (const rows of batches(changes.windows))
      await transaction
        .insertInto('limit_window')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['key', 'window', 'until'])
            .doUpdateSet((row) => ({ used: row('limit_window.used', '+', row.ref('excluded.used')) })),
        )
        .execute();
    for (const rows of batches(changes.endedWindows)) {
      const ended = listOf(rows.map(({ key, window, until }) => [key, window, until]));
      await sql`delete from limit_window where used = 0 and ("key", "window", "until") in ${ended}`.execute(
        transaction,
      );
    }
    await transaction.deleteFrom('limit_cooldown').where('until', '<=', save.now).execute();
    await transaction.deleteFrom('limit_window').where('until', '<=', save.now).execute();
  });
}

/**
 * Drops the rows below 0 and subtracts what they lack from the later rows of the same window, so that its sum is right. Such rows arise
 * because a rolling window keeps amounts that expire close together in one row, and each request moves it to a later `until`: when two
 * processes move an amount that both loaded, it is subtracted twice and added twice. Expects the rows of a window in the order of `until`.
 */
function withoutNegatives(rows: readonly LimitWindowRow[]): LimitWindowRow[] {
  let debt = 0;
  let last: LimitWindowRow | undefined;
  return rows.flatMap((row) => {
    if (row.key !== last?.key || row.window !== last.window) debt = 0;
    last = row;
    const used = row.used - debt;
    debt = Math.max(0, -used);
    return used < 0 ? [] : [{ ...row, used }];
  });
}

function isFailureKind(text: string): text is FailureKind {
  return Object.hasOwn(FAILS_OVER, text) && text !== 'answered' && text !== 'skipped';
}

function isWindowName(text: string): text is WindowName {
  return WINDOW_NAMES.some((name) => name === text);
}
