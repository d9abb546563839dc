import { expect, test } from 'vitest';
import { createRestarts } from '../../src/workers/restarts.ts';
import { workerCount } from '../../src/workers/worker-count.ts';

test('a worker is started again after 0, 1, 2, 4 ... 30 seconds', () => {
  const restarts = createRestarts();
  const waits = Array.from({ length: 8 }, () => restarts.ended(20_000));
  expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('one that has run for a minute is started again at once', () => {
  const restarts = createRestarts();
  expect([restarts.ended(20_000), restarts.ended(20_000), restarts.ended(60_000), restarts.ended(59_999)]).toEqual([
    0, 1000, 0, 1000,
  ]);
});

test('the third death in a row within 10 seconds of the start is the last', () => {
  const restarts = createRestarts();
  expect([restarts.ended(0), restarts.ended(9999), restarts.ended(10_000)]).toEqual([0, 1000, 2000]);
  expect([restarts.ended(1), restarts.ended(1), restarts.ended(1)]).toEqual([4000, 8000, undefined]);
});

const MB = 1024 * 1024;
test.each([
  [3, { processors: 8, memory: 1 }, 3],
  ['auto', { processors: 8, memory: Infinity }, 8],
  ['auto', { processors: 8, memory: 2 * 512 * MB }, 2],
  ['auto', { processors: 8, memory: 2 * 512 * MB - 1 }, 1],
  ['auto', { processors: 1, memory: Infinity }, 1],
  ['auto', { processors: 8, memory: 64 * MB }, 1],
] as const)('workers: %s on %o are %i', (setting, machine, count) => {
  expect(workerCount(setting, machine)).toBe(count);
});
