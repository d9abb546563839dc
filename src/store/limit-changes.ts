import type { Lasting } from '../state/limit-state.ts';
import { storable } from './storable.ts';
import type { LimitCooldownRow, LimitWindowRow } from './tables.ts';

/** What one process saves: the difference between two of its views of the limits. */
export interface LimitsSave {
  /** The view that this process last loaded or saved; absent when the file holds no row of it. */
  readonly before?: Lasting | undefined;
  readonly after: Lasting;
  /** Milliseconds since the epoch. Rows that have expired by then are deleted. */
  readonly now: number;
}

/** Changes to the two tables, to be applied in this order in one transaction. */
export interface LimitChanges {
  /** Cooldowns to delete, unless another process has changed `until` in the meantime. */
  readonly endedCooldowns: readonly LimitCooldownRow[];
  /** Cooldowns to insert. Where the key has a row already, the later `until` stays. */
  readonly cooldowns: readonly LimitCooldownRow[];
  /** Windows of which all rows are to be deleted, whatever process wrote them. */
  readonly replacedWindows: readonly WindowKey[];
  /** Rows whose `used` is to be added to the row of the same key, window and `until`. It may be below 0. */
  readonly windows: readonly LimitWindowRow[];
  /** Rows that ended in this process: to delete, unless another process still counts in them. */
  readonly endedWindows: readonly LimitWindowRow[];
}

/** One window of one key. It has a row for each time at which a part of it expires. */
export type WindowKey = Pick<LimitWindowRow, 'key' | 'window'>;

/**
 * Compares the two views. Rows that only other processes wrote are in neither of them and stay.
 *
 * Processes count separately, so their amounts in a window add up: the difference since the last save is added to the row. A window whose
 * limit the provider reported is different: its count is the provider's own, for all processes, and the sum of two such counts would
 * block an entry that has quota left. There the view that changed last replaces all rows of the window. Where the provider named only
 * the limit and never a count, this drops what others counted, which costs one refused attempt after a restart.
 */
export function changesOf({ before, after, now }: LimitsSave): LimitChanges {
  const old = rowsOf(before, now);
  const wanted = rowsOf(after, now);
  const reported = reportedWindows([...old.windows.values(), ...wanted.windows.values()]);
  const replaced = new Map<string, WindowKey>();
  const added: LimitWindowRow[] = [];
  const ended: LimitWindowRow[] = [];
  for (const id of new Set([...old.windows.keys(), ...wanted.windows.keys()])) {
    const was = old.windows.get(id);
    const is = wanted.windows.get(id);
    const row = is ?? was;
    if (row === undefined || (was?.used === is?.used && was?.limit === is?.limit)) continue;
    if (reported.has(windowId(row))) {
      replaced.set(windowId(row), row);
      continue;
    }
    added.push({ ...row, used: (is?.used ?? 0) - (was?.used ?? 0) });
    if (is === undefined) ended.push(row);
  }
  return {
    endedCooldowns: [...old.cooldowns.values()].filter((row) => !isSame(row, wanted.cooldowns.get(row.key))),
    cooldowns: [...wanted.cooldowns.values()].filter((row) => !isSame(row, old.cooldowns.get(row.key))),
    replacedWindows: [...replaced.values()],
    windows: [...added, ...[...wanted.windows.values()].filter((row) => replaced.has(windowId(row)))],
    endedWindows: ended,
  };
}

interface LimitRows {
  /** By key. */
  readonly cooldowns: ReadonlyMap<string, LimitCooldownRow>;
  /** By key, window and `until`. */
  readonly windows: ReadonlyMap<string, LimitWindowRow>;
}

/** Serializes a view. Of two cooldowns with one key the longer one counts; of two windows with one key and `until`, the last one. */
function rowsOf(view: Lasting | undefined, now: number): LimitRows {
  const cooldowns = new Map<string, LimitCooldownRow>();
  for (const { key, reason, retryAt: until, lasting } of view?.cooldowns ?? []) {
    const row = { key: storable(key), reason, until, lasting: lasting ? 1 : 0 };
    if (until > (cooldowns.get(row.key)?.until ?? 0)) cooldowns.set(row.key, row);
  }
  const windows = new Map<string, LimitWindowRow>();
  for (const { key, window, used, until, limit } of view?.windows ?? []) {
    // The end of an expired window must not replace the next one, of which another process may have rows.
    if (until <= now) continue;
    const row = { key: storable(key), window, used, until, limit: limit ?? null };
    windows.set(`${until} ${windowId(row)}`, row);
  }
  return { cooldowns, windows };
}

/** Returns the windows that have a row with a limit that the provider reported. */
function reportedWindows(rows: readonly LimitWindowRow[]): ReadonlySet<string> {
  return new Set(rows.filter(({ limit }) => limit !== null).map(windowId));
}

function windowId({ key, window }: WindowKey): string {
  return `${window} ${key}`;
}

function isSame(one: LimitCooldownRow, other: LimitCooldownRow | undefined): boolean {
  return one.until === other?.until && one.reason === other.reason && one.lasting === other.lasting;
}
