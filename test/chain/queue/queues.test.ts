import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { QueuePlace, QueueRequest, QueueResult } from '../../../src/chain/queue/waiter.ts';
import { createQueues, type Queues } from '../../../src/chain/queue/queues.ts';
import type { Target } from '../../../src/domain/chain.ts';
import type { Candidate, Hold, LimitState } from '../../../src/state/limit-state.ts';
import { createMemoryState } from '../../../src/state/memory.ts';
import { type FakeClock, fakeClock } from '../../helpers/clock.ts';
import { targetOf } from '../../helpers/target.ts';

const START = 1_000_000;

/** A state that also counts its listeners. */
interface CountedState extends LimitState {
  readonly watchers: () => number;
}

function counted(state: LimitState): CountedState {
  let watchers = 0;
  return {
    ...state,
    watch(listener) {
      const watching = state.watch(listener);
      watchers++;
      return {
        [Symbol.dispose]() {
          watchers--;
          watching[Symbol.dispose]();
        },
      };
    },
    watchers: () => watchers,
  };
}

/** A state behind a network: `take` resolves later. */
function remote(state: LimitState): LimitState {
  return { ...state, take: async (...options) => (await Promise.resolve(), state.take(...options)) };
}

interface Rig {
  readonly clock: FakeClock;
  readonly state: CountedState;
  readonly queues: Queues;
  /** Names of the requests in the order in which they were settled, with the result unless it is `taken`. */
  readonly settled: string[];
  readonly holds: Hold[];
  wait(name: string, own?: Partial<QueueRequest>): AbortController;
  /** Lets every pending result arrive. */
  flush(): Promise<void>;
  /** Expects that no request waits and that no listener or timer remains. */
  expectEmpty(): void;
}

const LIMITS = { concurrency: 1 };

function candidate(own: Partial<Target> = {}): Candidate {
  return { target: targetOf({ limits: LIMITS, ...own }), tokens: 1, lease: 1e9 };
}

function startRig(kind: (state: LimitState) => LimitState = (state) => state): Rig {
  const clock = fakeClock(START);
  const state = counted(kind(createMemoryState(clock)));
  const queues = createQueues(state, clock);
  const settled: string[] = [];
  const holds: Hold[] = [];
  return {
    clock,
    state,
    queues,
    settled,
    holds,
    wait(name, own = {}) {
      const controller = new AbortController();
      const waiting: QueueRequest = {
        limits: { maxWait: 60_000, maxSize: 1000 },
        principal: name.replace(/\d+$/, ''),
        candidates: [candidate()],
        until: clock.now() + 60_000,
        signal: controller.signal,
        ...own,
      };
      void queues.wait('chain', waiting).then((waited: QueueResult) => {
        settled.push(waited.kind === 'taken' ? name : `${name} ${waited.kind}`);
        if (waited.kind === 'taken') holds.push(waited.hold);
        return undefined;
      });
      return controller;
    },
    async flush() {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    },
    expectEmpty() {
      expect([queues.size('chain'), state.watchers(), clock.waiting()]).toEqual([0, 0, 0]);
    },
  };
}

/** Takes the only slot. */
async function fill({ state }: Rig): Promise<Hold> {
  const { hold } = await state.take([candidate()]);
  if (hold === undefined) throw new Error('The slot is taken already.');
  return hold;
}

const KINDS = [
  ['in memory', (state: LimitState) => state],
  ['behind a network', remote],
] as const;

test.each(KINDS)(
  '%s: a request that finds a free target is served at once, and no timer or listener remains',
  async (_, kind) => {
    const rig = startRig(kind);
    rig.wait('a');
    await rig.flush();
    expect(rig.settled).toEqual(['a']);
    rig.expectEmpty();
  },
);

test.each(KINDS)('%s: requests are served one by one, and principals take turns', async (_, kind) => {
  const rig = startRig(kind);
  rig.holds.push(await fill(rig));
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'a4']) rig.wait(name);
  await rig.flush();
  expect([rig.settled, rig.queues.size('chain')]).toEqual([[], 7]);
  while (rig.holds.length > 0) {
    rig.holds.shift()?.settle('healthy', 1);
    await rig.flush();
  }
  expect(rig.settled).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  rig.expectEmpty();
});

test('a settled hold serves the next request in the same tick', async () => {
  const rig = startRig();
  const hold = await fill(rig);
  rig.wait('a');
  expect(rig.queues.size('chain')).toBe(1);
  hold.settle('healthy', 1);
  expect(rig.queues.size('chain')).toBe(0);
  expect(rig.state.look(candidate())?.kind).toBe('limited');
});

test('a later request gets no target that an earlier one waits for, and gets one that no other waits for at once', async () => {
  const rig = startRig();
  const hold = await fill(rig);
  const both = [candidate(), candidate({ account: 'free' })];
  rig.wait('a');
  rig.wait('b', { candidates: both });
  rig.wait('c');
  await rig.flush();
  expect(rig.settled).toEqual(['b']);
  rig.wait('d', { candidates: both });
  await rig.flush();
  expect(rig.settled).toEqual(['b']);
  hold.settle('healthy', 1);
  await rig.flush();
  expect(rig.settled).toEqual(['b', 'a']);
  rig.holds[1]?.settle('healthy', 1);
  await rig.flush();
  expect(rig.settled).toEqual(['b', 'a', 'c']);
  rig.holds[0]?.settle('healthy', 1);
  await rig.flush();
  expect(rig.settled).toEqual(['b', 'a', 'c', 'd']);
  rig.expectEmpty();
});

test('a request whose entries do not recover does not hold up one that waits for another entry', async () => {
  const rig = startRig();
  rig.state.cool('x', { retryAt: START + 1e6, lasting: false, reason: 'throttled' });
  rig.state.cool('z', { retryAt: START + 2000, lasting: false, reason: 'throttled' });
  rig.wait('x', { candidates: [candidate({ account: 'x' })], until: START + 60_000 });
  rig.wait('z', { candidates: [candidate({ account: 'z' })], until: START + 60_000 });
  await rig.flush();
  rig.clock.advance(2000);
  await rig.flush();
  expect(rig.settled).toEqual(['z']);
  rig.clock.advance(58_000);
  await rig.flush();
  expect(rig.settled).toEqual(['z', 'x timed_out']);
  rig.expectEmpty();
});

test.each(KINDS)('%s: a request is served when a window or a cooldown that it waits for ends', async (_, kind) => {
  const rig = startRig(kind);
  const windowed = { account: 'w', limits: { requestsPerMinute: 1 } };
  const { hold } = await rig.state.take([candidate(windowed)]);
  hold?.settle('healthy', 1);
  rig.state.cool('c', { retryAt: START + 70_000, lasting: false, reason: 'throttled' });
  rig.wait('a', { candidates: [candidate({ account: 'c' }), candidate(windowed)], until: START + 1e6 });
  rig.wait('b', { candidates: [candidate({ account: 'c' }), candidate(windowed)], until: START + 1e6 });
  await rig.flush();
  rig.clock.advance(59_999);
  await rig.flush();
  expect(rig.settled).toEqual([]);
  rig.clock.advance(1);
  await rig.flush();
  expect(rig.settled).toEqual(['a']);
  rig.clock.advance(10_000);
  await rig.flush();
  expect(rig.settled).toEqual(['a', 'b']);
  rig.expectEmpty();
});

test('a wait that is longer than the longest timer is split', async () => {
  const rig = startRig();
  const longest = 2 ** 31 - 1;
  const timers: number[] = [];
  const clock = {
    now: () => rig.clock.now(),
    timer: (ms: number, callback: () => void) => (timers.push(ms), rig.clock.timer(ms, callback)),
  };
  const queues = createQueues(rig.state, clock);
  rig.state.cool('acc', { retryAt: START + longest * 1.5, lasting: true, reason: 'exhausted' });
  const waited = queues.wait('x', {
    limits: { maxWait: longest, maxSize: 1 },
    principal: 'a',
    candidates: [candidate()],
    until: START + longest,
    signal: new AbortController().signal,
  });
  expect(Math.max(...timers)).toBe(longest);
  rig.clock.advance(longest);
  expect(await waited).toEqual({ kind: 'timed_out' });
});

test.each(KINDS)(
  '%s: an aborted request is removed at once, wherever it is in the queue, and no other is',
  async (_, kind) => {
    const rig = startRig(kind);
    const hold = await fill(rig);
    const [a1, , b1, b2] = ['a1', 'a2', 'b1', 'b2', 'a3'].map((name) => rig.wait(name));
    await rig.flush();
    for (const each of [b2, a1, b1]) each?.abort();
    expect(rig.queues.size('chain')).toBe(2);
    b1?.abort();
    await rig.flush();
    expect(rig.settled).toEqual(['b2 cancelled', 'a1 cancelled', 'b1 cancelled']);
    hold.settle('healthy', 1);
    await rig.flush();
    expect(rig.settled.slice(3)).toEqual(['a2']);
    rig.wait('aborted before', { signal: AbortSignal.abort() });
    await rig.flush();
    expect(rig.settled.slice(4)).toEqual(['aborted before cancelled']);
  },
);

test.each(KINDS)(
  '%s: when the first request is aborted, the next is served with its own candidates',
  async (_, kind) => {
    const rig = startRig(kind);
    const hold = await fill(rig);
    rig.state.cool('c', { retryAt: START + 1e6, lasting: false, reason: 'throttled' });
    const first = rig.wait('a');
    rig.wait('b', { candidates: [candidate(), candidate({ account: 'c' })] });
    await rig.flush();
    first.abort();
    await rig.flush();
    expect(rig.settled).toEqual(['a cancelled']);
    hold.settle('healthy', 1);
    await rig.flush();
    expect(rig.settled).toEqual(['a cancelled', 'b']);
    rig.expectEmpty();
  },
);

test('a request that is aborted while a target is taken for it releases the target, and no timer remains', async () => {
  const rig = startRig(remote);
  const controller = rig.wait('a');
  controller.abort();
  await rig.flush();
  expect(rig.settled).toEqual(['a cancelled']);
  expect(rig.state.status(targetOf()).concurrency.running).toBe(0);
  rig.expectEmpty();
  rig.state.cool('acc', { retryAt: START + 5000, lasting: false, reason: 'throttled' });
  rig.wait('b').abort();
  await rig.flush();
  rig.expectEmpty();
});

test('a request that is aborted while a target is taken for it does not keep the next from being served', async () => {
  const rig = startRig(remote);
  await fill(rig);
  const first = rig.wait('a');
  rig.wait('b', { candidates: [candidate({ account: 'free' })] });
  first.abort();
  await rig.flush();
  expect(rig.settled).toEqual(['a cancelled', 'b']);
  rig.expectEmpty();
});

test.each(KINDS)(
  '%s: a request times out exactly when its time is over, and at once when it is over already',
  async (_, kind) => {
    const rig = startRig(kind);
    await fill(rig);
    rig.wait('a', { until: START + 100 });
    rig.wait('b', { until: START + 50 });
    rig.wait('c', { until: START });
    await rig.flush();
    expect(rig.settled).toEqual(['c timed_out']);
    rig.clock.advance(50);
    await rig.flush();
    rig.clock.advance(49);
    await rig.flush();
    expect(rig.settled).toEqual(['c timed_out', 'b timed_out']);
    rig.clock.advance(1);
    await rig.flush();
    expect(rig.settled).toEqual(['c timed_out', 'b timed_out', 'a timed_out']);
    rig.expectEmpty();
  },
);

test('a queue holds no more requests than it may, and one of size 0 leaves no listener or timer', async () => {
  const rig = startRig();
  const hold = await fill(rig);
  const limits = { maxWait: 1000, maxSize: 2 };
  for (const name of ['a', 'b', 'c']) rig.wait(name, { limits });
  await rig.flush();
  expect(rig.settled).toEqual(['c full']);
  hold.settle('healthy', 1);
  rig.wait('d', { limits });
  await rig.flush();
  expect(rig.settled).toEqual(['c full', 'a']);
  const none = startRig();
  const taken = await fill(none);
  none.wait('a', { limits: { maxWait: 1000, maxSize: 0 } });
  await none.flush();
  expect(none.settled).toEqual(['a full']);
  none.expectEmpty();
  taken.settle('healthy', 1);
  // A target that no request waits for needs no place in the queue.
  none.wait('b', { limits: { maxWait: 1000, maxSize: 0 } });
  await none.flush();
  expect(none.settled).toEqual(['a full', 'b']);
  none.expectEmpty();
});

test('each chain has its own queue', async () => {
  const rig = startRig();
  await fill(rig);
  rig.wait('a');
  expect([rig.queues.size('chain'), rig.queues.size('other')]).toEqual([1, 0]);
  const waited = await rig.queues.wait('other', {
    limits: { maxWait: 1, maxSize: 1 },
    principal: 'a',
    candidates: [candidate({ account: 'free' })],
    until: START + 1,
    signal: new AbortController().signal,
  });
  expect(waited).toMatchObject({ kind: 'taken', index: 0 });
});

test('a thousand requests cost about a thousand takes, aborted ones included', async () => {
  let takes = 0;
  const rig = startRig((state) => ({ ...state, take: (...options) => (takes++, state.take(...options)) }));
  rig.holds.push(await fill(rig));
  const controllers = Array.from({ length: 1000 }, (_, each) => rig.wait(`p${each % 7}x${each}`));
  expect(takes).toBeLessThan(10);
  for (const each of controllers.slice(500)) each.abort();
  await rig.flush();
  expect(rig.queues.size('chain')).toBe(500);
  for (let each = 0; each < 500; each++) {
    rig.holds.shift()?.settle('healthy', 1);
    await rig.flush();
  }
  expect(rig.settled).toHaveLength(1000);
  // Each release serves one request and finds nothing for the next; each abort makes the queue try the first request again.
  expect(takes).toBeLessThan(3000);
  rig.expectEmpty();
});

test('for any sequence of steps, each request is settled exactly once and in its principal’s order, and nothing remains', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        principal: fc.constantFrom('a', 'b', 'c'),
        wait: fc.integer({ min: 1, max: 40 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), pick: fc.nat(30) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cool' as const), ms: fc.integer({ min: 1, max: 20 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(15) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...KINDS),
      fc.array(step, { maxLength: 60, size: 'max' }),
      async ([, kind], steps) => {
        const rig = startRig(kind);
        rig.holds.push(await fill(rig));
        const controllers: AbortController[] = [];
        for (const each of steps) {
          if (each.kind === 'wait')
            controllers.push(
              rig.wait(`${each.principal}${controllers.length}`, { until: rig.clock.now() + each.wait }),
            );
          else if (each.kind === 'abort') controllers[each.pick % Math.max(1, controllers.length)]?.abort();
          else if (each.kind === 'settle') rig.holds.shift()?.settle('healthy', 1);
          else if (each.kind === 'cool')
            rig.state.cool('acc', { retryAt: rig.clock.now() + each.ms, lasting: false, reason: 'throttled' });
          else if (each.kind === 'advance') rig.clock.advance(each.ms);
          else await rig.flush();
          expect(rig.state.status(targetOf()).concurrency.running).toBeLessThanOrEqual(1);
        }
        await rig.flush();
        for (let turn = 0; turn < 50; turn++) {
          rig.clock.advance(1);
          await rig.flush();
        }
        expect(rig.settled).toHaveLength(controllers.length);
        expect(new Set(rig.settled.map((each) => each.split(' ')[0])).size).toBe(controllers.length);
        for (const principal of ['a', 'b', 'c']) {
          const served = rig.settled.filter((each) => each.startsWith(principal) && !each.includes(' '));
          const numbers = served.map((each) => Number(each.slice(1)));
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
        rig.expectEmpty();
        rig.holds.shift()?.settle('healthy', 1);
        expect(rig.state.status(targetOf()).concurrency.running).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

test('the place that a request gets is its place in the order of service, of those that wait then', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }), async (principals) => {
      const rig = startRig();
      rig.holds.push(await fill(rig));
      const places: QueuePlace[] = [];
      const names = principals.map((principal, index) => `${principal}${index}`);
      for (const name of names) rig.wait(name, { onQueued: (place) => places.push(place) });
      await rig.flush();
      while (rig.holds.length > 0) {
        rig.holds.shift()?.settle('healthy', 1);
        await rig.flush();
      }
      expect(places.at(-1)).toEqual({ position: rig.settled.indexOf(names.at(-1) ?? '') + 1, etaMs: undefined });
      expect(places).toHaveLength(names.length);
    }),
  );
});

test('a request that is served at once gets no place', async () => {
  const rig = startRig();
  const places: QueuePlace[] = [];
  rig.wait('a', { onQueued: (place) => places.push(place) });
  await rig.flush();
  expect([rig.settled, places]).toEqual([['a'], []]);
});
