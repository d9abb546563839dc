import { expect, test } from 'vitest';
import { roundStep, TimeScale } from '../../../../../dashboard/pages/requests/waterfall/time-scale.ts';

const SPLIT = new TimeScale([
  { from: 0, to: 642, left: 0, right: 414 },
  { from: 642, to: 3021, left: 414, right: 668 },
]);

test('each side of the commit has its own scale', () => {
  expect(SPLIT.xOf(0)).toBe(0);
  expect(SPLIT.xOf(321)).toBe(207);
  expect(SPLIT.xOf(642)).toBe(414);
  expect(SPLIT.xOf((642 + 3021) / 2)).toBe(541);
  expect(SPLIT.xOf(9999)).toBe(668);
});

test('both sides have round ticks, and the end has its time', () => {
  expect(SPLIT.ticks().map(({ label }) => label)).toEqual([
    '0 ms',
    '100',
    '200',
    '300',
    '400',
    '500',
    '1 s',
    '2 s',
    '3.02 s',
  ]);
});

test('a scale of many seconds counts in seconds from its start', () => {
  const scale = new TimeScale([{ from: 0, to: 20_000, left: 0, right: 668 }]);
  expect(scale.ticks().map(({ label }) => label)).toEqual([
    '0 s',
    '2',
    '4',
    '6',
    '8',
    '10',
    '12',
    '14',
    '16',
    '18',
    '20.00 s',
  ]);
});

test.each([
  [0.3, 0.5],
  [1, 1],
  [1.01, 2],
  [60, 100],
  [2100, 5000],
])('the round step from %d up is %d', (least, step) => {
  expect(roundStep(least)).toBeCloseTo(step, 9);
});
