import type { UsageSummaryRow } from 'spillway/client';
import { expect, test } from 'vitest';
import { costDays } from '../../../../dashboard/pages/usage/cost-days.ts';

function row(day: string, cost: number): UsageSummaryRow {
  return {
    day,
    requests: 1,
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    cost_usd: cost,
    estimated_usd: 0,
    unknown: 0,
  };
}

test('each UTC day has its cost, and a day without requests has none', () => {
  const data = [row('2026-11-28', 0.1), row('2026-11-30', 0.25)];
  const { times, costs } = costDays({ from: '2026-11-28', to: '2026-12-01', data });
  expect(times.map((time) => new Date(time).toISOString().slice(0, 10))).toEqual([
    '2026-11-28',
    '2026-11-29',
    '2026-11-30',
  ]);
  expect(costs).toEqual([0.1, 0, 0.25]);
});

test('a day without any known cost is unknown, not free', () => {
  const data = [
    { ...row('2026-11-28', 0), requests: 3, unknown: 3 },
    { ...row('2026-11-29', 0.5), requests: 3, unknown: 2 },
  ];
  expect(costDays({ from: '2026-11-28', to: '2026-11-30', data }).costs).toEqual([null, 0.5]);
});
