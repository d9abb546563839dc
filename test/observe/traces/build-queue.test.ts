import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BuildQueue } from '../../../src/observe/traces/build-queue.ts';
import { fakeClock } from '../../helpers/clock.ts';

/** A queue, and how often what was added to it has been built. */
function start() {
  const clock = fakeClock();
  const batches: number[] = [];
  let built = 0;
  const queue = new BuildQueue(clock, () => void batches.push(built));
  return { clock, queue, batches, add: () => queue.add(() => void built++), built: () => built };
}

test('spans are built within 200 ms', async () => {
  const { clock, add, built } = start();
  add();
  clock.advance(199);
  await turn();
  expect(built()).toBe(0);
  clock.advance(1);
  await turn();
  expect([built(), clock.waiting()]).toEqual([1, 0]);
  add();
  clock.advance(200);
  await turn();
  expect(built()).toBe(2);
});

test('those of many requests are built at once, but not in the turn in which they end, and not all in one turn', async () => {
  const { clock, batches, add, built } = start();
  for (let n = 0; n < 70; n++) add();
  expect(built()).toBe(0);
  const steps: number[] = [];
  for (let n = 0; n < 3; n++) {
    await turn();
    steps.push(built());
  }
  expect(steps).toEqual([35, 67, 70]);
  expect(batches).toEqual(steps);
  expect(clock.waiting()).toBe(0);
});

test('as many as end in two turns wait at most, where more end in each turn than are built at once', async () => {
  const { add, built } = start();
  let added = 0;
  let waiting = 0;
  for (let n = 0; n < 100; n++) {
    for (let more = 0; more < 200; more++) add();
    added += 200;
    waiting = Math.max(waiting, added - built());
    await turn();
  }
  expect(waiting).toBeLessThanOrEqual(400);
});

test('a flush builds all', () => {
  const { clock, queue, add, built } = start();
  for (let n = 0; n < 70; n++) add();
  queue.flush();
  expect([built(), clock.waiting()]).toEqual([70, 0]);
});
