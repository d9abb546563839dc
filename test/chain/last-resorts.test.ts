import { describe, expect, test } from 'vitest';
import { type Candidates, createCandidates } from '../../src/chain/candidates.ts';
import { createLastResorts, type LastResorts } from '../../src/chain/last-resorts.ts';
import type { Planned } from '../../src/chain/plan/planned.ts';
import { createQueues } from '../../src/chain/queue/queues.ts';
import type { Chain, Entry } from '../../src/domain/chain.ts';
import type { LimitState } from '../../src/state/limit-state.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const target = targetOf({ limits: { concurrency: 1 } });
const candidate = { target, tokens: 1, lease: 1e9 };
const entry = { provider: 'p', model: 'm', targets: [target] } as unknown as Entry;
const chain = { name: 'c', entries: [entry], lastResort: true, queue: undefined } as unknown as Chain;
const planned: Planned = { entry, target, candidate, state: 'last_resort', reason: '' };

/** A state in which the entry's breaker is open. */
async function failing(clock: FakeClock): Promise<LimitState> {
  const state = createMemoryState(clock);
  for (let n = 0; n < 5; n++) (await state.take([candidate])).hold?.settle('failed', 0);
  expect(state.look(candidate)?.kind).toBe('breaker_open');
  return state;
}

/** The candidates of one more request. */
function request(clock: FakeClock, state: LimitState, lastResorts: LastResorts): Candidates {
  return createCandidates({
    chain,
    state,
    lastResorts,
    queues: createQueues(state, clock),
    now: () => clock.now(),
    signal: new AbortController().signal,
    principal: 'x',
    deadlineAt: clock.now() + 60_000,
    planned: [planned],
    onSkipped: () => undefined,
    onWaited: () => undefined,
    queueListener: () => undefined,
  });
}

describe('a last resort', () => {
  test('is claimed for 5 seconds by one request, also where the state answers later', async () => {
    for (const remote of [false, true]) {
      const clock = fakeClock();
      const memory = await failing(clock);
      const take: LimitState['take'] = async (...options) => (await Promise.resolve(), memory.take(...options));
      const state = remote ? { ...memory, take } : memory;
      const lastResorts = createLastResorts();
      const all = await Promise.all(Array.from({ length: 9 }, () => request(clock, state, lastResorts).next()));
      expect(all.filter(({ kind }) => kind === 'selected')).toHaveLength(1);
      for (const each of all) if (each.kind === 'selected') each.hold.settle('neither', 0);
      clock.advance(4999);
      expect((await request(clock, state, lastResorts).next()).kind).toBe('none');
    }
  });

  test('that could not be taken is not claimed: the next request tries it as soon as it can', async () => {
    const clock = fakeClock();
    const state = await failing(clock);
    const lastResorts = createLastResorts();
    const { hold } = await state.take([candidate], { ignoreBreaker: true });
    expect((await request(clock, state, lastResorts).next()).kind).toBe('none');
    hold?.release('neither');
    expect((await request(clock, state, lastResorts).next()).kind).toBe('selected');
  });

  test('is one for each provider and server', () => {
    const lastResorts = createLastResorts();
    const other = (own: Partial<Entry>): Entry => ({ ...entry, ...own });
    expect(lastResorts.claim(entry, 0)).toBe(true);
    expect(lastResorts.claim(other({ weight: 2 }), 4999)).toBe(false);
    expect(lastResorts.claim(other({ provider: 'q' }), 0)).toBe(true);
    expect(lastResorts.claim(other({ targets: [targetOf({ model: 'n' })] }), 0)).toBe(true);
    expect(lastResorts.claim(entry, 5000)).toBe(true);
  });
});
