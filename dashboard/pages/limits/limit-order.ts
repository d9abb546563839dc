import type { LimitStatus } from 'spillway/client';
import { isOut } from '../../live/entries-out.ts';
import { NEAR } from '../../parts/gauged-limit.ts';
import type { LimitsSearch } from './search.ts';

/** How much a row needs a look: it is out, near a limit or refusing, or neither. */
export type Urgency = 'out' | 'near' | 'calm';

const ORDER: readonly Urgency[] = ['out', 'near', 'calm'];

/** The urgency of a row. */
export function urgencyOf(row: LimitStatus): Urgency {
  if (isOut(row)) return 'out';
  return row.state === 'refusing' || highestShare(row) >= NEAR ? 'near' : 'calm';
}

/** The rows that a search asks for: what is out first, then what is near, each by name. A row moves only when its urgency changes. */
export function limitRows(rows: readonly LimitStatus[], { provider, q, near }: LimitsSearch): readonly LimitStatus[] {
  const text = q?.toLowerCase() ?? '';
  return rows
    .filter((row) => provider === undefined || row.provider === provider)
    .filter(({ id }) => id.toLowerCase().includes(text))
    .filter((row) => near !== true || urgencyOf(row) !== 'calm')
    .toSorted(
      (a, b) =>
        ORDER.indexOf(urgencyOf(a)) - ORDER.indexOf(urgencyOf(b)) || a.id.localeCompare(b.id, 'en', { numeric: true }),
    );
}

/** The rows of a list, each as it is now where that is known. Rows that the list does not have yet come with its next reading. */
export function withLive(
  listed: readonly LimitStatus[],
  live: ReadonlyMap<string, LimitStatus>,
): readonly LimitStatus[] {
  return listed.map((row) => live.get(row.id) ?? row);
}

/** The share of its tightest limit that a row has used; 0 where it has none. */
export function highestShare({ windows, running, concurrency }: LimitStatus): number {
  const shares = windows.map(({ used, limit }) => (limit === 0 ? 1 : used / limit));
  if (concurrency !== null) shares.push(concurrency === 0 ? 1 : running / concurrency);
  return Math.max(0, ...shares);
}
