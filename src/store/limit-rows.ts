import type { Kysely } from 'kysely';
import { WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import { type FailureKind, FAILS_OVER } from '../domain/outcome.ts';
import type { Lasting } from '../state/limit-state.ts';
import type { LimitCooldownRow, LimitWindowRow, Tables } from './tables.ts';

/** Rows to a statement: SQLite binds at most 32,766 values. */
const BATCH = 500;

/** Reads what has not expired at `now` (milliseconds since the epoch), in the order of the keys. Rows whose words are not known are passed over. */
export async function loadLimits(database: Kysely<Tables>, now: number): Promise<Lasting> {
  const cooldowns = await database
    .selectFrom('limit_cooldown')
    .selectAll()
    .where('until', '>', now)
    .orderBy('key')
    .execute();
  const windows = await database
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
    windows: windows.flatMap(({ key, window, used, until, limit }) =>
      isWindowName(window) ? [{ key, window, used, until, limit: limit ?? undefined }] : [],
    ),
  };
}

/** Puts `lasting` into the place of all that is there, in one transaction. Of two rows with one key the last counts. */
export async function saveLimits(database: Kysely<Tables>, lasting: Lasting): Promise<void> {
  const cooldowns = new Map<string, LimitCooldownRow>();
  for (const { key, reason, retryAt, lasting: long } of lasting.cooldowns) {
    // Two keys may have become one: that is one row, and not a failure of all.
    const stored = storable(key);
    cooldowns.set(stored, { key: stored, reason, until: retryAt, lasting: long ? 1 : 0 });
  }
  const windows = new Map<string, LimitWindowRow>();
  for (const { key, window, used, until, limit } of lasting.windows) {
    const stored = storable(key);
    windows.set(`${window} ${until} ${stored}`, { key: stored, window, used, until, limit: limit ?? null });
  }
  await database.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('limit_cooldown').execute();
    for (const rows of batches(cooldowns)) await transaction.insertInto('limit_cooldown').values(rows).execute();
    await transaction.deleteFrom('limit_window').execute();
    for (const rows of batches(windows)) await transaction.insertInto('limit_window').values(rows).execute();
  });
}

function batches<Row>(rows: ReadonlyMap<string, Row>): Row[][] {
  const all = [...rows.values()];
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) =>
    all.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/**
 * A text of SQLite's is UTF-8, and Node reads it up to its first NUL. What cannot be told is replaced, so that a model that a caller
 * has named does not come back as another one.
 */
function storable(key: string): string {
  return key.toWellFormed().replaceAll('\0', '\ufffd');
}

function isFailureKind(text: string): text is FailureKind {
  return Object.hasOwn(FAILS_OVER, text) && text !== 'answered' && text !== 'skipped';
}

function isWindowName(text: string): text is WindowName {
  return WINDOW_NAMES.some((name) => name === text);
}
