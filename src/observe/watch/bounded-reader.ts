import type { Clock } from '../../lib/clock.ts';
import { createRing } from '../../lib/ring.ts';
import { createSlidingRate } from '../../lib/sliding-rate.ts';

/** Most items that wait for one reader. */
const MAX_WAITING = 1000;
/** Milliseconds in which lost items are counted together. One report for each of them would take as much as the items. */
const REPORT_MS = 1000;

/** How many items were lost, since the last report. */
export interface Lost {
  readonly kind: 'lost';
  readonly count: number;
}

/** Items for one reader, which come as fast as they happen and are read as fast as the reader can. */
export interface BoundedReader<Item> {
  /** Keeps an item, or counts it as lost. Returns whether one was lost, this one or the oldest. */
  offer(item: Item): boolean;
  /** The next item, or a report of how many were lost; undefined where there is none now. */
  take(): { readonly item: Item } | Lost | undefined;
  /** When a report of lost items is due, in milliseconds since the epoch; undefined where none were lost. */
  reportAt(): number | undefined;
  clear(): void;
}

/**
 * Makes a reader without items. At most `perSecond` of them are kept in any second, and at most 1,000 wait: the others are lost and counted, the oldest
 * ones first where the reader is slow.
 */
export function createBoundedReader<Item>(clock: Pick<Clock, 'now'>, perSecond: number): BoundedReader<Item> {
  const waiting = createRing<{ readonly item: Item }>(MAX_WAITING);
  const rate = createSlidingRate(perSecond, 1000);
  let lost = 0;
  /** Milliseconds since the epoch. */
  let reportAt = Infinity;

  return {
    offer(item) {
      const now = clock.now();
      if (rate.admit(now) && !waiting.push({ item })) return false;
      lost++;
      reportAt = Math.min(reportAt, now + REPORT_MS);
      return true;
    },
    take() {
      if (clock.now() < reportAt) return waiting.shift();
      const count = lost;
      lost = 0;
      reportAt = Infinity;
      return { kind: 'lost', count };
    },
    reportAt: () => (lost === 0 ? undefined : reportAt),
    clear: () => waiting.clear(),
  };
}
