import type { RecentUsage, UsageSummary, UsageSummaryRow, UsageTimes } from 'spillway/client';
import { hasFailed } from '../../live/live-state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../parts/chart-times.ts';
import { sumUsd } from '../../parts/money.ts';

/** What ended within one step of time. */
export interface Point {
  /** Start of the step, in milliseconds since the epoch. */
  readonly at: number;
  readonly requests: number;
  /** Requests whose code is neither `ok` nor `client_closed`. */
  readonly failed: number;
  /** Requests that an entry answered after another one had failed. */
  readonly failovers: number;
  /** US dollars, of the requests whose cost is known. */
  readonly cost: number;
  /** Requests whose cost is unknown. */
  readonly unknown: number;
  /** Of streams, in milliseconds; null without any. */
  readonly firstToken: UsageTimes | null;
  /** What the gateway itself took, in milliseconds; null where that is unknown. */
  readonly overhead: UsageTimes | null;
}

/** Steps of time without gaps, the oldest first. */
export interface Points {
  /** Length of a step, in milliseconds. */
  readonly step: number;
  readonly points: readonly Point[];
}

/** The last hour by minute. Undefined where the gateway does not know it. */
export function pointsOfRecent({ data }: RecentUsage): Points | undefined {
  if (data === null) return undefined;
  return {
    step: MINUTE_MS,
    points: data.map((minute) => ({
      at: Date.parse(minute.minute),
      requests: minute.requests,
      failed: minute.failed,
      failovers: minute.failovers,
      cost: minute.cost_usd,
      unknown: minute.unknown,
      firstToken: minute.first_token_ms,
      overhead: minute.overhead_ms,
    })),
  };
}

/** The steps of a summary by hour and code, or by day and code. Steps without requests are points too. */
export function pointsOfSummary({ from, to, data }: Pick<UsageSummary, 'from' | 'to' | 'data'>, step: number): Points {
  const rows = Map.groupBy(data, (row) => Date.parse(row.hour ?? row.day ?? from));
  const [first, end] = [Date.parse(from), Date.parse(to)];
  const count = Math.max(0, Math.ceil((end - first) / step));
  return {
    step,
    points: Array.from({ length: count }, (_, at) => first + at * step).map((at) => ({
      at,
      ...sumsOf(rows.get(at) ?? []),
    })),
  };
}

/** The sums of rows by code. Their first token is that of the answered requests. */
export function sumsOf(rows: readonly UsageSummaryRow[]): Omit<Point, 'at'> {
  const sum = (of: (row: UsageSummaryRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
  return {
    requests: sum(({ requests }) => requests),
    failed: sum(({ code = '', requests }) => (hasFailed({ code }) ? requests : 0)),
    failovers: sum(({ failovers }) => failovers ?? 0),
    cost: sumUsd(rows.map(({ cost_usd }) => cost_usd)) ?? 0,
    unknown: sum(({ unknown }) => unknown),
    firstToken: rows.find(({ code }) => code === 'ok')?.first_token_ms ?? null,
    overhead: null,
  };
}

/** The sums of points. Percentiles have no sum. */
export function totalOf(
  points: readonly Point[],
): Pick<Point, 'requests' | 'failed' | 'failovers' | 'cost' | 'unknown'> {
  const sum = (of: (point: Point) => number): number => points.reduce((all, point) => all + of(point), 0);
  return {
    requests: sum(({ requests }) => requests),
    failed: sum(({ failed }) => failed),
    failovers: sum(({ failovers }) => failovers),
    cost: sumUsd(points.map(({ cost }) => cost)) ?? 0,
    unknown: sum(({ unknown }) => unknown),
  };
}

/** What became of the requests of each point. The three add up to its requests. */
export function fatesOf(points: readonly Point[]): {
  readonly direct: readonly number[];
  readonly rescued: readonly number[];
  readonly failed: readonly number[];
} {
  // A stream that broke after a failover is failed.
  const rescued = points.map(({ requests, failed, failovers }) => Math.min(failovers, requests - failed));
  return {
    direct: points.map(({ requests, failed }, at) => requests - failed - (rescued[at] ?? 0)),
    rescued,
    failed: points.map(({ failed }) => failed),
  };
}

/** Length of the steps in which a range is summed, in milliseconds. */
export const STEP_OF = Object.freeze({ '1h': MINUTE_MS, '24h': HOUR_MS, '7d': HOUR_MS, '30d': DAY_MS });

/** The steps that are over. The last one is not: it would end each line in a drop. */
export function wholeSteps(points: readonly Point[]): readonly Point[] {
  return points.slice(0, -1);
}

/** How much of the steps has passed, in milliseconds: the last one is not over. `now` in milliseconds since the epoch. */
export function passedMs({ points, step }: Points, now: number): number {
  const [first] = points;
  return first === undefined ? 0 : Math.max(0, Math.min(points.length * step, now - first.at));
}
