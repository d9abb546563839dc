import { expect, test } from 'vitest';
import { keepLog } from '../../../src/store/request-log/keep-log.ts';
import type { LogBounds } from '../../../src/store/request-log/stored-log.ts';
import { StoreError } from '../../../src/store/store-error.ts';
import type { Store } from '../../../src/store/store.ts';
import { fakeClock } from '../../helpers/clock.ts';

function rig(persistent = true) {
  const clock = fakeClock();
  const calls: LogBounds[] = [];
  const problems: string[] = [];
  /** What each next call ends with: more is left, or a failure. */
  const ends: (boolean | StoreError)[] = [];
  const requestLog: Partial<Store['requestLog']> = {
    async maintain(bounds) {
      calls.push(bounds);
      const end = ends.shift() ?? false;
      if (typeof end !== 'boolean') throw end;
      return end;
    },
  };
  const bounds = { retention: 1000, maxRows: 50_000 };
  const keeping = keepLog({
    store: { persistent, requestLog: requestLog as Store['requestLog'] },
    clock,
    bounds: () => bounds,
    onProblem: (message) => problems.push(message),
  });
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return { clock, calls, problems, ends, keeping, advance };
}

test('the bounds are applied each minute, and again after a pause while more is left', async () => {
  const { calls, ends, advance } = rig();
  ends.push(true, true);
  await advance(60_000);
  expect(calls).toEqual([{ retention: 1000, maxRows: 50_000 }]);
  await advance(50);
  await advance(50);
  await advance(1000);
  expect(calls).toHaveLength(3);
  await advance(60_000);
  expect(calls).toHaveLength(4);
});

test('a store in memory keeps at most 10,000 rows', async () => {
  const { calls, advance } = rig(false);
  await advance(10_000);
  expect(calls).toEqual([{ retention: 1000, maxRows: 10_000 }]);
});

test('a problem is reported once, and the bounds are applied later', async () => {
  const { calls, problems, ends, advance } = rig();
  ends.push(new StoreError('locked', '/x'), new StoreError('locked', '/x'));
  for (let n = 0; n < 3; n++) await advance(60_000);
  expect(calls).toHaveLength(3);
  expect(problems).toEqual(["request log: store '/x': locked by another process; old rows are deleted later"]);
});

test('nothing runs after the disposal', async () => {
  const { calls, clock, keeping, advance } = rig();
  keeping[Symbol.dispose]();
  expect(clock.waiting()).toBe(0);
  await advance(120_000);
  expect(calls).toEqual([]);
});
