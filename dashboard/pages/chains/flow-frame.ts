import type { FlowColumn } from './flow-column.ts';

/** How many requests of a chain are drawn at a time. */
export const SLOTS = 6;

/** How long a request stays after its end, in milliseconds: longer where something has failed. */
const STAYS_MS = 1500;
const FAILED_STAYS_MS = 6000;
/** A request that has ended this long ago is not shown any more where it was not shown before, in milliseconds. */
const TOO_LATE_MS = 400;

/** The picture of a chain at one moment. A request keeps its slot for as long as it is shown, so that nothing slides. */
export interface FlowFrame {
  readonly slots: readonly (FlowColumn | null)[];
  /** When the next request leaves the picture, in milliseconds since the epoch; null where none does by itself. */
  readonly nextAt: number | null;
}

/** The picture before the first request. */
export const EMPTY_FRAME: FlowFrame = Object.freeze({
  slots: Array.from({ length: SLOTS }, () => null),
  nextAt: null,
});

/**
 * The picture after a change. `columns`: the chain's requests in progress, and those that have ended lately. Where there are too many, those stay out
 * that show least: first the ones that have ended well, then those in progress without a failure, the older ones first. Returns `before`
 * where nothing has changed.
 */
export function nextFrame(before: FlowFrame, columns: readonly FlowColumn[], now: number): FlowFrame {
  const shownBefore = new Set(before.slots.flatMap((column) => (column === null ? [] : [column.id])));
  const visible = columns.filter(
    (column) =>
      now < leavesAt(column) &&
      (shownBefore.has(column.id) || column.endedAt === null || now - column.endedAt < TOO_LATE_MS),
  );
  const chosen = visible.toSorted((a, b) => rankOf(a) - rankOf(b) || b.seenAt - a.seenAt).slice(0, SLOTS);
  const byId = new Map(chosen.map((column) => [column.id, column]));
  const slots = before.slots.map((column) => (column === null ? null : (byId.get(column.id) ?? null)));
  const newcomers = chosen.filter(({ id }) => !shownBefore.has(id)).toReversed();
  for (const column of newcomers) slots[slots.indexOf(null)] = column;
  const frame = { slots, nextAt: soonest(chosen.map(leavesAt)) };
  return isSame(before, frame) ? before : frame;
}

function leavesAt({ endedAt, hasFailed }: FlowColumn): number {
  if (endedAt === null) return Infinity;
  return endedAt + (hasFailed ? FAILED_STAYS_MS : STAYS_MS);
}

function rankOf({ endedAt, hasFailed }: FlowColumn): number {
  if (hasFailed) return 0;
  return endedAt === null ? 1 : 2;
}

function soonest(instants: readonly number[]): number | null {
  const first = Math.min(...instants);
  return Number.isFinite(first) ? first : null;
}

function isSame(a: FlowFrame, b: FlowFrame): boolean {
  return a.slots.every((column, slot) => textOf(column) === textOf(b.slots[slot] ?? null));
}

function textOf(column: FlowColumn | null): string {
  return column === null ? '' : `${column.id} ${column.marks.join()} ${column.failures.join()} ${column.endedAt}`;
}
