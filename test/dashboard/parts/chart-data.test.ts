import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layersOf, stepAt, stepOfKey, ticksUpTo } from '../../../dashboard/parts/chart-data.ts';

test('areas and columns stand on one another, and lines on nothing', () => {
  const layers = layersOf([
    { shape: 'area', values: [3, 0, null] },
    { shape: 'column', values: [1, 2, null] },
    { shape: 'line', values: [7, null, 9] },
    { shape: 'column', values: [0, 5, 4] },
  ]);
  expect(layers).toEqual([
    { base: [0, 0, null], top: [3, 0, null] },
    { base: [3, 0, null], top: [4, 2, null] },
    { base: [7, null, 9], top: [7, null, 9] },
    { base: [4, 2, 0], top: [4, 7, 4] },
  ]);
});

test.each([
  [118, [0, 50, 100, 150]],
  [150, [0, 50, 100, 150]],
  [75, [0, 25, 50, 75]],
  [1, [0, 0.5, 1]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [0, [0, 1]],
  [Number.NaN, [0, 1]],
])('up to %d the gridlines are %j', (highest, ticks) => {
  expect(ticksUpTo(highest)).toEqual(ticks);
});

test('counts have no gridlines at fractions', () => {
  expect(ticksUpTo(1, 1)).toEqual([0, 1]);
  expect(ticksUpTo(2, 1)).toEqual([0, 1, 2]);
});

test('gridlines are at most four, reach the highest value, and stay where the axis ends with the last of them', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), fc.constantFrom(0, 1), (highest, smallest) => {
      const ticks = ticksUpTo(highest, smallest);
      const last = ticks.at(-1) ?? 0;
      expect(ticks.length).toBeLessThanOrEqual(4);
      expect(last).toBeGreaterThanOrEqual(highest * (1 - 1e-8));
      expect(ticksUpTo(last, smallest)).toEqual(ticks);
    }),
  );
});

test('an instant is in the step that it lies in, and in none outside', () => {
  const times = [1000, 2000, 3000];
  expect([1000, 1999, 2000, 3999].map((at) => stepAt(times, 1000, at))).toEqual([0, 0, 1, 2]);
  expect([999, 4000].map((at) => stepAt(times, 1000, at))).toEqual([undefined, undefined]);
  expect(stepAt([], 1000, 5)).toBeUndefined();
});

test('keys lead from step to step, and not beyond the first and the last one', () => {
  expect(stepOfKey('ArrowLeft', 1, 3)).toBe(0);
  expect(stepOfKey('ArrowLeft', 0, 3)).toBe(0);
  expect(stepOfKey('ArrowRight', 2, 3)).toBe(2);
  expect(stepOfKey('Home', 2, 3)).toBe(0);
  expect(stepOfKey('End', 0, 3)).toBe(2);
  expect(stepOfKey('Tab', 1, 3)).toBeUndefined();
  expect(stepOfKey('constructor', 1, 3)).toBeUndefined();
});
