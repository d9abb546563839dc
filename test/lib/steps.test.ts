import { stat } from 'node:fs';
import { expect, test } from 'vitest';
import { runAtOnce, runInSlices, type Steps } from '../../src/lib/steps.ts';

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function* steps(count: number, ms: number, throwsAt = Infinity): Steps<number> {
  for (let n = 0; n < count; n++) {
    if (n === throwsAt) throw new TypeError('no');
    work(ms);
    yield;
  }
  return count;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs work and counts the turns of the event loop until it has called its listener. */
async function turnsOf(made: Steps<number>): Promise<readonly [turns: number, result: unknown]> {
  const results: unknown[] = [];
  runInSlices(made, { done: (result) => void results.push(result), failed: (thrown) => void results.push(thrown) });
  let turns = 0;
  for (; results.length === 0; turns++) await turn();
  return [turns, results[0]];
}

test('short work is done at once, and long work over several turns', async () => {
  expect(await turnsOf(steps(5, 0))).toEqual([0, 5]);
  const [turns, result] = await turnsOf(steps(10, 5));
  expect([turns >= 4, result]).toEqual([true, 10]);
});

test('sockets are read between the first slice and the second', async () => {
  const order: string[] = [];
  const done = Promise.withResolvers<void>();
  // The file is read where sockets are. An immediate that is set there runs in the same turn of the event loop.
  stat(import.meta.filename, () => {
    runInSlices(steps(1, 10), {
      done() {
        order.push('done');
        done.resolve();
      },
      failed: done.reject,
    });
    setImmediate(() => void order.push('end of the turn'));
  });
  await done.promise;
  expect(order).toEqual(['end of the turn', 'done']);
});

test('what work throws at once passes through, and what it throws later is its failure', async () => {
  await expect(turnsOf(steps(1, 0, 0))).rejects.toThrow(TypeError);
  const [, thrown] = await turnsOf(steps(10, 5, 7));
  expect(thrown).toBeInstanceOf(TypeError);
});

test('work that is disposed calls nothing any more', async () => {
  const calls: string[] = [];
  const add = (): void => void calls.push('called');
  runInSlices(steps(10, 5), { done: add, failed: add })[Symbol.dispose]();
  for (let n = 0; n < 20; n++) await turn();
  expect(calls).toEqual([]);
});

test('all of it runs at once where it is wanted', () => {
  expect(runAtOnce(steps(3, 5))).toBe(3);
});
