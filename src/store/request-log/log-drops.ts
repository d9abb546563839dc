import type { Clock } from '../../lib/clock.ts';

/** Why a row is not stored. `bad_row`: the store refuses this row and no other one. */
export const DROP_REASONS = ['queue_full', 'disk_full', 'bad_row', 'shutdown'] as const;

/** One of these. */
export type DropReason = (typeof DROP_REASONS)[number];

/** Counts the rows that are dropped. */
export interface LogDrops extends Disposable {
  /** How many of each reason, since the start. */
  readonly counts: Readonly<Record<DropReason, number>>;
  add(reason: DropReason, rows: number): void;
}

/** How often a line reports dropped rows, in milliseconds. */
const REPORT_MS = 60_000;

/** Makes the counts. The first drop is reported at once, further ones in one line a minute, the last ones at the disposal. */
export function createLogDrops(clock: Clock, onProblem: (message: string) => void): LogDrops {
  const counts: Record<DropReason, number> = { queue_full: 0, disk_full: 0, bad_row: 0, shutdown: 0 };
  let reported: Readonly<Record<DropReason, number>> = { ...counts };
  let timer: Disposable | undefined;
  let closed = false;

  function report(): void {
    timer = undefined;
    const parts = DROP_REASONS.filter((reason) => counts[reason] > reported[reason]).map(
      (reason) => `${counts[reason] - reported[reason]} ${reason}`,
    );
    if (parts.length === 0) return;
    reported = { ...counts };
    onProblem(`request log: rows were dropped: ${parts.join(', ')}; sums of usage and spend are not affected`);
    if (!closed) timer = clock.timer(REPORT_MS, report);
  }

  return {
    counts,
    add(reason, rows) {
      if (rows === 0) return;
      counts[reason] += rows;
      if (timer === undefined && !closed) report();
    },
    [Symbol.dispose]() {
      closed = true;
      timer?.[Symbol.dispose]();
      report();
    },
  };
}
