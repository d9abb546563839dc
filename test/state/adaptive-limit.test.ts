import { expect, test } from 'vitest';
import { AdaptiveLimit, type Pace } from '../../src/state/adaptive-limit.ts';

/** A limit, and attempts that each begin when the one before has ended. */
function rigged() {
  const limit = new AdaptiveLimit();
  let order = 0;
  const record = (pace: Pace, times = 1, running = limit.limit): number => {
    for (let n = 0; n < times; n++) limit.record(pace, { order: ++order, newest: order, running });
    return limit.limit;
  };
  return { limit, record };
}

test('four may run at first, and one more after each 20 answers in time', () => {
  const { limit, record } = rigged();
  expect(limit.limit).toBe(4);
  expect([record('in_time', 19), record('in_time'), record('in_time', 20)]).toEqual([4, 5, 6]);
});

test('answers while half of it or less is used do not raise it', () => {
  const { record } = rigged();
  expect([record('in_time', 100, 2), record('in_time', 20, 3)]).toEqual([4, 5]);
});

test.each(['late', 'refused'] as const)('one that is %s halves it, down to one, and the 20 begin anew', (pace) => {
  const { record } = rigged();
  record('in_time', 20 + 19);
  expect([record(pace), record('in_time', 19), record('in_time')]).toEqual([2, 2, 3]);
  expect([record(pace), record(pace)]).toEqual([1, 1]);
});

test('attempts that began before it was halved change nothing', () => {
  const limit = new AdaptiveLimit();
  limit.record('refused', { order: 1, newest: 8, running: 4 });
  for (let order = 2; order <= 8; order++) limit.record('refused', { order, newest: 9, running: 4 });
  expect(limit.limit).toBe(2);
  limit.record('refused', { order: 9, newest: 9, running: 2 });
  expect(limit.limit).toBe(1);
});
