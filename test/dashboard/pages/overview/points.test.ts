import type { UsageSummary, UsageSummaryRow } from 'spillway/client';
import { expect, test } from 'vitest';
import {
  passedMs,
  fatesOf,
  type Point,
  pointsOfRecent,
  pointsOfSummary,
  totalOf,
} from '../../../../dashboard/pages/overview/points.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../dashboard/parts/chart-times.ts';
import { SUMS } from './usage-sums.ts';

const TIMES = { p50: 100, p95: 200 };

function row(label: Partial<UsageSummaryRow>): UsageSummaryRow {
  return { ...SUMS, ...label };
}

function summary(
  from: string,
  to: string,
  data: readonly UsageSummaryRow[],
): Pick<UsageSummary, 'from' | 'to' | 'data'> {
  return { from, to, data };
}

function point(values: Partial<Point>): Point {
  const none = { requests: 0, failed: 0, failovers: 0, cost: 0, unknown: 0, firstToken: null, overhead: null };
  return { at: 0, ...none, ...values };
}

test('rows by hour and code become one point for each hour, those without requests too', () => {
  const hour = '2026-11-30T10:00:00Z';
  const { step, points } = pointsOfSummary(
    summary('2026-11-30T09:00:00Z', '2026-11-30T12:00:00Z', [
      row({ hour, code: 'ok', requests: 90, failovers: 8, cost_usd: 0.1, first_token_ms: TIMES }),
      row({ hour, code: 'timeout', requests: 3, cost_usd: 0.2, unknown: 1 }),
      row({ hour, code: 'client_closed', requests: 7 }),
    ]),
    HOUR_MS,
  );
  expect(step).toBe(HOUR_MS);
  expect(points.map(({ at, requests }) => [new Date(at).toISOString().slice(11, 16), requests])).toEqual([
    ['09:00', 0],
    ['10:00', 100],
    ['11:00', 0],
  ]);
  // A client that disconnects is no failure, and 0.1 + 0.2 is 0.3 of a dollar.
  expect(points[1]).toMatchObject({ failed: 3, failovers: 8, cost: 0.3, unknown: 1, firstToken: TIMES });
});

test('rows by day are points of UTC days', () => {
  const { points } = pointsOfSummary(
    summary('2026-11-29T00:00:00Z', '2026-12-01T00:00:00Z', [row({ day: '2026-11-30', code: 'ok', requests: 5 })]),
    DAY_MS,
  );
  expect(points.map(({ requests }) => requests)).toEqual([0, 5]);
});

test('minutes are points as they are, and none where the gateway does not count them', () => {
  const times = { first_token_ms: TIMES, duration_ms: null, overhead_ms: { p50: 0.4, p95: 1 } };
  const minute = {
    minute: '2026-11-30T09:41:00Z',
    requests: 4,
    failed: 1,
    failovers: 2,
    streams: 3,
    input_tokens: 0,
    output_tokens: 0,
    cost_usd: 0.5,
    unknown: 1,
    ...times,
  };
  const recent = { object: 'usage.recent', since: 0, total: times, in_progress: 0, streams_open: 0 } as const;
  expect(pointsOfRecent({ ...recent, data: [minute] })).toEqual({
    step: MINUTE_MS,
    points: [
      {
        at: Date.UTC(2026, 10, 30, 9, 41),
        requests: 4,
        failed: 1,
        failovers: 2,
        cost: 0.5,
        unknown: 1,
        firstToken: TIMES,
        overhead: { p50: 0.4, p95: 1 },
      },
    ],
  });
  expect(pointsOfRecent({ ...recent, since: null, data: null, total: null })).toBeUndefined();
});

test('totals are sums, of money to the billionth', () => {
  expect(
    totalOf([point({ requests: 2, failed: 1, cost: 0.1 }), point({ requests: 3, failovers: 2, cost: 0.2 })]),
  ).toEqual({ requests: 5, failed: 1, failovers: 2, cost: 0.3, unknown: 0 });
});

test('the fates of a step add up to its requests, also where a stream broke after a failover', () => {
  const points = [point({ requests: 10, failed: 2, failovers: 3 }), point({ requests: 2, failed: 1, failovers: 2 })];
  const { direct, rescued, failed } = fatesOf(points);
  expect({ direct, rescued, failed }).toEqual({ direct: [5, 0], rescued: [3, 1], failed: [2, 1] });
});

test('of the last step only what has passed counts for an average', () => {
  const shown = { step: HOUR_MS, points: [point({ at: 0 }), point({ at: HOUR_MS })] };
  expect(passedMs(shown, HOUR_MS + 60_000)).toBe(HOUR_MS + 60_000);
  expect(passedMs(shown, 9 * HOUR_MS)).toBe(2 * HOUR_MS);
  expect(passedMs({ step: HOUR_MS, points: [] }, 1000)).toBe(0);
});
