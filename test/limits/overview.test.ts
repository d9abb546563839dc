import { expect, test } from 'vitest';
import type { Chain, Target } from '../../src/domain/chain.ts';
import type { OverloadLevel } from '../../src/domain/overload.ts';
import { createOverview } from '../../src/limits/overview.ts';
import { createRefusingEntries } from '../../src/limits/refusing-entries.ts';
import { createRetryBudget } from '../../src/limits/retry-budget.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { createSpeeds } from '../../src/targets/speeds.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const target = (model: string): Target => targetOf({ model, counterKey: model, limits: { concurrency: 5 } });
const targets = [target('one'), target('two')];
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an overview reads nothing else of a chain
const chain = { entries: targets.map((each) => ({ targets: [each] })) } as unknown as Chain;

/** An overview on a clock that stands still. */
function overviewed(level: OverloadLevel) {
  const clock = fakeClock();
  const state = createMemoryState(clock);
  const overview = createOverview({
    overload: { level },
    state,
    clock,
    speeds: createSpeeds(),
    budget: createRetryBudget(),
    refusingEntries: createRefusingEntries(),
  });
  return { clock, state, overview };
}

test('a slow reader of a watch gets each row as it is when it is read', async () => {
  const { state, overview } = overviewed(0);
  const rows = overview.watch(() => [chain], new AbortController().signal);
  expect((await rows.next()).value).toMatchObject({ model: 'one', running: 0 });
  await state.take([{ target: targets[1]!, tokens: 1, lease: 1e9 }]);
  expect((await rows.next()).value).toMatchObject({ model: 'two', running: 1 });
  await rows.return();
});

test.each([
  ['after 100 ms', 0, 100],
  ['after a second while the gateway is overloaded', 1, 1000],
] as const)('a watch reports what has changed %s', async (_, level, ms) => {
  const { clock, state, overview } = overviewed(level);
  const rows = overview.watch(() => [chain], new AbortController().signal);
  for (const _row of targets) await rows.next();
  let changed = false;
  const next = rows.next().then(() => (changed = true));
  await state.take([{ target: targets[0]!, tokens: 1, lease: 1e9 }]);
  while (clock.waiting() === 0) await new Promise(setImmediate);
  clock.advance(ms - 1);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect(changed).toBe(false);
  clock.advance(1);
  await next;
  await rows.return();
});
