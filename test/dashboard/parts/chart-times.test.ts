import { expect, test } from 'vitest';
import { DAY_MS, formatStep, formatTick, HOUR_MS } from '../../../dashboard/parts/chart-times.ts';

const at = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime();

test('a tick is the time of the day, and the date where a day begins', () => {
  expect(formatTick(at(27, 14, 5), HOUR_MS)).toBe('14:05');
  expect(formatTick(at(27, 0), HOUR_MS)).toBe('27 Nov');
});

test('a step of another day names its date', () => {
  const now = at(27, 18);
  expect(formatStep(at(27, 14), HOUR_MS, now)).toBe('14:00');
  expect(formatStep(at(26, 14), HOUR_MS, now)).toBe('26 Nov 14:00');
});

test('a day is one of UTC, and says so', () => {
  expect(formatStep(Date.UTC(2026, 10, 27), DAY_MS)).toBe('27 Nov, UTC');
  // In zones other than UTC one of the two is on another day.
  expect(formatTick(Date.UTC(2026, 10, 27), DAY_MS)).toBe('27 Nov');
  expect(formatTick(Date.UTC(2026, 10, 27, 23, 59), DAY_MS)).toBe('27 Nov');
});
