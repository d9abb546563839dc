import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeHistogram } from '../../src/targets/time-histogram.ts';

const FACTOR = 1.15;

function histogramOf(times: readonly number[]): TimeHistogram {
  const histogram = new TimeHistogram();
  for (const ms of times) histogram.record(ms);
  return histogram;
}

/** The smallest time that 95 % of the times do not exceed. */
function p95Of(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
}

test('fewer than thirty times have no percentile', () => {
  const histogram = histogramOf(Array.from({ length: 29 }, () => 100));
  expect(histogram.p95()).toBeUndefined();
  histogram.record(100);
  expect(histogram.p95()).toBeDefined();
});

test('for any times the percentile is within 20 % of that of the sorted times', () => {
  const time = fc.oneof(
    fc.double({ min: 10, max: 300_000, noNaN: true }),
    fc.double({ min: 1, max: 5.4, noNaN: true }).map((power) => 10 ** power),
  );
  fc.assert(
    fc.property(fc.array(time, { minLength: 30, maxLength: 99, size: 'max' }), (times) => {
      const ratio = (histogramOf(times).p95() ?? Number.NaN) / p95Of(times);
      expect(ratio).toBeGreaterThanOrEqual(1 / FACTOR - 1e-9);
      expect(ratio).toBeLessThanOrEqual(FACTOR + 1e-9);
    }),
    { numRuns: 500 },
  );
});

test('times beyond the ends count as the ends', () => {
  expect(histogramOf(Array.from({ length: 50 }, () => 0)).p95()).toBe(10);
  const longest = histogramOf(Array.from({ length: 50 }, () => 1e9)).p95() ?? 0;
  expect(longest).toBeGreaterThan(300_000 / FACTOR);
  expect(longest).toBeLessThan(300_000 * FACTOR);
});

test('with each hundred times those before weigh half, so that another speed is soon learned', () => {
  const histogram = histogramOf(Array.from({ length: 10_000 }, () => 100));
  for (let n = 0; n < 4; n++) histogram.record(5000);
  expect(histogram.p95()).toBeLessThan(120);
  for (let n = 0; n < 12; n++) histogram.record(5000);
  expect(histogram.p95()).toBeGreaterThan(4000);
  for (let n = 0; n < 700; n++) histogram.record(100);
  expect(histogram.p95()).toBeLessThan(120);
});

test('the median is off by less than 15 %, and unknown before 30 times', () => {
  expect(histogramOf(Array.from({ length: 29 }, () => 100)).median()).toBeUndefined();
  const median = histogramOf([
    ...Array.from({ length: 31 }, () => 100),
    ...Array.from({ length: 29 }, () => 9000),
  ]).median();
  expect((median ?? 0) / 100).toBeCloseTo(1, 0);
});
