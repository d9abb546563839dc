import { expect, test } from 'vitest';
import { createMemoryState } from '../../src/state/memory.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';
import { keepsLimits } from './contract.ts';

keepsLimits(createMemoryState);

test('however many models are asked for, what was asked for longest ago and does not run is forgotten', () => {
  const state = createMemoryState(fakeClock());
  const limits = { requestsPerDay: 10 };
  const targets = Array.from({ length: 10_050 }, (_, index) => targetOf({ model: `m${index}`, limits }));
  const [runs, asked] = targets;
  for (const target of targets) {
    const take = state.take([{ target, tokens: 1, lease: 1e9 }]);
    if (take instanceof Promise) throw new TypeError('in memory nothing is waited for');
    if (target !== runs) take.hold?.settle('healthy', 1);
    // Whoever is asked again is remembered again.
    if (target === targets[9000] && asked !== undefined) void state.take([{ target: asked, tokens: 1, lease: 0 }]);
  }
  const used = (index: number): unknown => state.status(targets[index] ?? targetOf()).windows[0]?.used;
  expect([0, 1, 2, 49, 60, 10_049].map(used)).toEqual([1, 2, 0, 0, 1, 1]);
  expect(state.lasting().windows.length).toBeLessThanOrEqual(10_000);
});
