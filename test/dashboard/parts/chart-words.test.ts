import { expect, test } from 'vitest';
import type { ChartSeries } from '../../../dashboard/parts/chart-data.ts';
import { MINUTE_MS } from '../../../dashboard/parts/chart-times.ts';
import { lastWhole, readout } from '../../../dashboard/parts/chart-words.ts';

function series(label: string, values: ChartSeries['values']): ChartSeries {
  return { label, values, shape: 'area', tone: 'quiet' };
}

test('a step is read with the value of each series, and an unknown one as a dash', () => {
  const at = new Date(2026, 10, 30, 14, 2).getTime();
  const figures = { times: [at], step: MINUTE_MS, series: [series('answered', [83]), series('failed', [null])] };
  expect(readout({ ...figures, format: String }, 0)).toMatch(/14:02: answered 83, failed –$/);
  expect(readout({ ...figures, format: String }, 1)).toBe('Nothing yet.');
});

test('the last whole step is the one before an open one, where it has a value', () => {
  const all = [series('a', [1, null, 3]), series('b', [null, 2, 3])];
  expect(lastWhole(all, 3, true)).toBe(1);
  expect(lastWhole(all, 3, false)).toBe(2);
  expect(lastWhole([series('a', [null, null, 3])], 3, true)).toBe(2);
});
