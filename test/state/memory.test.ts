import { expect, test } from 'vitest';
import { createMemoryState } from '../../src/state/memory.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';
import { testLimitState } from './contract.ts';

testLimitState(createMemoryState);

test('of many models the one used longest ago without a running attempt is forgotten first', () => {
  const state = createMemoryState(fakeClock());
  const limits = { requestsPerDay: 10 };
  const targets = Array.from({ length: 10_050 }, (_, index) => targetOf({ model: `m${index}`, limits }));
  const [running, reused] = targets;
  for (const target of targets) {
    const take = state.take([{ target, tokens: 1, lease: 1e9 }]);
    if (take instanceof Promise) throw new TypeError('the memory state takes synchronously');
    if (target !== running) take.hold?.settle('healthy', 1);
    // A model that is used again counts as recent again.
    if (target === targets[9000] && reused !== undefined) void state.take([{ target: reused, tokens: 1, lease: 0 }]);
  }
  const used = (index: number): unknown => state.status(targets[index] ?? targetOf()).windows[0]?.used;
  expect([0, 1, 2, 49, 60, 10_049].map(used)).toEqual([1, 2, 0, 0, 1, 1]);
  expect(state.lasting().windows.length).toBeLessThanOrEqual(10_000);
});
