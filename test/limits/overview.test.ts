import { expect, test } from 'vitest';
import type { Chain, Target } from '../../src/domain/chain.ts';
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

test('a slow reader of a watch gets each row as it is when it is read', async () => {
  const clock = fakeClock();
  const state = createMemoryState(clock);
  const overview = createOverview({
    state,
    clock,
    speeds: createSpeeds(),
    budget: createRetryBudget(),
    refusingEntries: createRefusingEntries(),
  });
  const rows = overview.watch(() => [chain], new AbortController().signal);
  expect((await rows.next()).value).toMatchObject({ model: 'one', running: 0 });
  await state.take([{ target: targets[1]!, tokens: 1, lease: 1e9 }]);
  expect((await rows.next()).value).toMatchObject({ model: 'two', running: 1 });
  await rows.return();
});
