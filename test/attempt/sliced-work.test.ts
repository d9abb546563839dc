import { expect, test } from 'vitest';
import { SlicedWork } from '../../src/attempt/sliced-work.ts';
import type { Steps } from '../../src/lib/steps.ts';

function spend(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Work of this many steps of 5 ms. */
function* steps(count: number, atEnd: () => void): Steps<void> {
  for (let n = 0; n < count; n++) {
    spend(5);
    yield;
  }
  atEnd();
}

/** Work of one step that takes no time: on a busy machine one of 5 ms may take longer than a slice. */
function* step(atEnd: () => void): Steps<void> {
  yield;
  atEnd();
}

function startWork() {
  const calls: string[] = [];
  const note = (call: string) => (): void => void calls.push(call);
  const work = new SlicedWork(
    { pause: note('pause'), resume: note('resume') },
    { resumed: note('resumed'), failed: (thrown) => void calls.push(String(thrown)) },
  );
  return { work, calls, note };
}

function fail(): never {
  throw new TypeError('no');
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

test('short work and jobs are done at once, and the upstream is not paused', () => {
  const { work, calls, note } = startWork();
  work.run(step(note('work')));
  work.after(note('job'));
  expect([calls, work.busy]).toEqual([['work', 'job'], false]);
});

test('jobs come after long work, in their order, also where one of them begins more work', async () => {
  const { work, calls, note } = startWork();
  work.run(steps(6, note('work')));
  expect([work.busy, calls]).toEqual([true, ['pause']]);
  work.after(() => work.run(steps(6, note('more work'))));
  work.after(() => work.after(note('first')));
  work.after(note('second'));
  await until(() => !work.busy);
  expect(calls.filter((call) => call !== 'pause')).toEqual(['work', 'more work', 'first', 'second', 'resumed']);
});

test('work that is stopped and its jobs are dropped', async () => {
  const { work, calls, note } = startWork();
  work.run(steps(6, note('work')));
  work.after(note('job'));
  work.stop();
  expect(work.busy).toBe(false);
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual(['pause', 'pause']);
});

test('what long work throws is its failure, and what short work throws passes through', async () => {
  const { work, calls } = startWork();
  expect(() => work.run(step(fail))).toThrow(TypeError);
  work.run(steps(6, fail));
  await until(() => !work.busy);
  expect(calls).toEqual(['pause', 'TypeError: no']);
});

test('what arrives while jobs run comes after them, and what a job puts off comes before', async () => {
  const { work, calls, note } = startWork();
  work.run(steps(6, note('work')));
  work.next(() => {
    note('first')();
    // A reader that resumes the socket gets more, and its end, before it returns.
    work.next(note('third'));
    work.run(steps(6, note('more work')));
    work.after(note('rest of first'));
    work.next(note('fourth'));
  });
  work.next(note('second'));
  expect(work.idle).toBe(false);
  await until(() => work.idle);
  expect(calls.filter((call) => call !== 'pause')).toEqual([
    'work',
    'first',
    'more work',
    'rest of first',
    'second',
    'third',
    'fourth',
    'resumed',
  ]);
});
