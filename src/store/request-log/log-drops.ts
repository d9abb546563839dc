import type { Clock } from '../../lib/clock.ts';

/** Why a row is not stored. `bad_row`: the store refuses this row and no other one. */
export const DROP_REASONS = ['queue_full', 'disk_full', 'bad_row', 'shutdown'] as const;

/** One of these. */
export type DropReason = (typeof DROP_REASONS)[number];

/** Counts what is dropped, by reason. */
export interface Drops<Reason extends string> extends Disposable {
  /** How many of each reason, since the start. */
  readonly counts: Readonly<Record<Reason, number>>;
  add(reason: Reason, count: number): void;
}

/** Counts the rows that are dropped. */
export type LogDrops = Drops<DropReason>;

/** What counts are made of. */
export interface DropsOptions<Reason extends string> {
  /** 0 for each reason. */
  readonly zeros: Readonly<Record<Reason, number>>;
  readonly clock: Clock;
  /** Gets what was dropped since its last call, such as `3 queue_full, 1 shutdown`. Must not throw. */
  readonly report: (parts: string) => void;
}

/** How often a line reports what is dropped, in milliseconds. */
const REPORT_MS = 60_000;

/** Makes the counts of rows. */
export function createLogDrops(clock: Clock, onProblem: (message: string) => void): LogDrops {
  const report = (parts: string): void =>
    onProblem(`request log: rows were dropped: ${parts}; sums of usage and spend are not affected`);
  return createDrops({ zeros: { queue_full: 0, disk_full: 0, bad_row: 0, shutdown: 0 }, clock, report });
}

/** Makes counts. The first drop is reported at once, further ones in one line a minute, the last ones at the disposal. */
export function createDrops<Reason extends string>({ zeros, clock, report }: DropsOptions<Reason>): Drops<Reason> {
  const counts: Record<Reason, number> = { ...zeros };
  let reported: Readonly<Record<string, number>> = zeros;
  let timer: Disposable | undefined;
  let closed = false;

  function reportNew(): void {
    timer = undefined;
    const parts = Object.entries<number>(counts).flatMap(([reason, count]) => {
      const more = count - (reported[reason] ?? 0);
      return more > 0 ? [`${more} ${reason}`] : [];
    });
    if (parts.length === 0) return;
    reported = { ...counts };
    report(parts.join(', '));
    if (!closed) timer = clock.timer(REPORT_MS, reportNew);
  }

  return {
    counts,
    add(reason, count) {
      if (count === 0) return;
      counts[reason] += count;
      if (timer === undefined && !closed) reportNew();
    },
    [Symbol.dispose]() {
      closed = true;
      timer?.[Symbol.dispose]();
      reportNew();
    },
  };
}
