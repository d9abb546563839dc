import { describe, expect, test } from 'vitest';
import type { Target } from '../../../src/domain/chain.ts';
import { PLAIN_RULES } from '../../../src/domain/limits.ts';
import type { Counted, Hold, Take } from '../../../src/state/limit-state.ts';
import { createMemoryCounts } from '../../../src/state/shared/memory-counts.ts';
import { createSharedState, type ModeChange, type SharedState } from '../../../src/state/shared/shared-state.ts';
import { type FakeClock, fakeClock } from '../../helpers/clock.ts';
import { type FailingCounts, failingCounts } from '../../helpers/failing-counts.ts';
import { targetOf } from '../../helpers/target.ts';
import { turns } from '../../helpers/turn.ts';
import { testLimitState } from '../contract.ts';

const START = Date.parse('2026-06-15T12:00:00Z');
const TIMEOUT = 50;
const LEASE = 30_000;

function stateOf(counts: FailingCounts, process: string, clock: FakeClock): SharedState & { modes: ModeChange[] } {
  const modes: ModeChange[] = [];
  const onMode = (change: ModeChange): void => void modes.push(change);
  const options = { counts, process, clock, timeout: TIMEOUT, lease: LEASE, replicas: 1, onMode };
  return Object.assign(createSharedState(options), { modes });
}

describe('a state over a shared ledger, alone', () => {
  testLimitState(async (clock) => {
    const counts = createMemoryCounts(clock).connect('one');
    const options = { counts, process: 'one', clock, timeout: TIMEOUT, lease: LEASE, replicas: 1 };
    const state = createSharedState({ ...options, onMode: () => undefined });
    await state.ready;
    return state;
  });
});

/** What the ledger has counted of a target, by window. */
async function usedIn(ledger: FailingCounts | undefined, target: Target): Promise<Readonly<Record<string, number>>> {
  const { account, counterKey: key, rules, limits } = target;
  const booked = { running: 0, requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };
  const report = { key, rules, limits, booked, changes: [], ends: {} };
  const request = { account, process: 'reader', number: 1, lease: 1000, keys: [report], takes: [] };
  const reply = await ledger?.sync(request);
  return Object.fromEntries(reply?.keys[0]?.windows.map(({ window, used }) => [window, used]) ?? []);
}

function counted(counterKey: string, requestsPerMinute: number): Counted {
  return { account: 'tenant:t', counterKey, limits: { requestsPerMinute }, rules: PLAIN_RULES };
}

interface Rig {
  readonly clock: FakeClock;
  readonly states: readonly (SharedState & { modes: ModeChange[] })[];
  readonly ledgers: readonly FailingCounts[];
  /** Lets time pass in steps of a millisecond, with turns of the event loop in between. */
  readonly pass: (ms: number, step?: number) => Promise<void>;
  /** Takes once at each process in turn, all at the same time, and returns what was held. */
  readonly rush: (many: number, own: Partial<Target>, tokens?: number) => Promise<readonly Hold[]>;
}

async function fleetOf(processes: number): Promise<Rig> {
  const clock = fakeClock(START);
  const counts = createMemoryCounts(clock);
  const names = Array.from({ length: processes }, (_, index) => `p${index}`);
  const ledgers = names.map((name) => failingCounts(counts.connect(name)));
  const states = ledgers.map((ledger, index) => stateOf(ledger, names[index] ?? '', clock));
  await Promise.all(states.map(({ ready }) => ready));
  return {
    clock,
    states,
    ledgers,
    async pass(ms, step = 1) {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(step);
        await turns(3);
      }
    },
    async rush(many, own, tokens = 10) {
      const target = targetOf(own);
      const takes = await Promise.all(
        Array.from({ length: many }, async (_, index): Promise<Take | undefined> =>
          states[index % states.length]?.take([{ target, tokens, lease: 60_000 }]),
        ),
      );
      return takes.flatMap((take) => take?.hold ?? []);
    },
  };
}

test.each([
  ['requests', { requestsPerMinute: 100 }, 100],
  ['concurrency', { concurrency: 10 }, 10],
  ['tokens', { tokensPerMinute: 1000 }, 100],
  ['a day', { requestsPerDay: 33 }, 33],
])('three processes together take exactly what a limit allows: %s', async (_, limits, expected) => {
  const { rush } = await fleetOf(3);
  expect(await rush(1000, { limits })).toHaveLength(expected);
});

test('takes of one turn of the event loop go in one call, and what has no limits in none', async () => {
  const { rush, ledgers } = await fleetOf(1);
  await rush(64, { account: 'free' });
  expect(ledgers[0]?.syncs()).toBe(0);
  await rush(64, { limits: { requestsPerMinute: 1000 } });
  expect(ledgers[0]?.syncs()).toBe(1);
});

test('what one process learns from a reply, the others know with their next take', async () => {
  const { states, rush, pass } = await fleetOf(2);
  const [hold] = await rush(1, {});
  hold?.replied([{ window: 'requestsPerMinute', limit: 3, remaining: 2 }]);
  hold?.settle('healthy', 10);
  await pass(10);
  // The second process has not seen any limit: its first take is free, and its report behind brings the limit.
  const early = await states[1]?.take([{ target: targetOf(), tokens: 10, lease: 60_000 }]);
  expect(early?.hold).toBeDefined();
  await pass(10);
  expect(await rush(20, {})).toHaveLength(1);
  expect(states[1]?.status(targetOf()).windows[0]).toMatchObject({
    window: 'requestsPerMinute',
    limit: 3,
    source: 'observed',
  });
});

test('a request waits for room that another process frees for a tenth of a second at most', async () => {
  const { states, rush, pass } = await fleetOf(2);
  const own = { limits: { concurrency: 1 } };
  const [hold] = await rush(1, own);
  const woken: string[] = [];
  states[1]?.watch((key) => woken.push(key));
  const take = () => states[1]?.take([{ target: targetOf(own), tokens: 1, lease: 1000 }]);
  expect((await take())?.obstacles).toEqual([{ kind: 'limited', window: 'concurrency', retryAt: undefined }]);
  // It is not asked again meanwhile.
  expect(take()).not.toBeInstanceOf(Promise);
  hold?.settle('healthy', 1);
  woken.splice(0);
  await pass(101);
  expect(woken).toContain('acc/m');
  expect((await take())?.hold).toBeDefined();
});

test('status and standing show what all processes use together', async () => {
  const { states, rush, pass } = await fleetOf(3);
  const own = { limits: { requestsPerMinute: 100, concurrency: 50 } };
  await rush(30, own);
  await pass(1100, 100);
  for (const state of states) {
    const { windows, concurrency } = state.status(targetOf(own));
    expect(windows[0]).toMatchObject({ used: 30, reserved: 30 });
    expect(concurrency.running).toBe(30);
  }
});

test('a key and its tenant are taken together or not at all, of all processes', async () => {
  const { states } = await fleetOf(3);
  const all = [counted('key:a', 50), counted('tenant:t', 20)];
  const demand = { tokens: 1, lease: 1000 };
  const takes = await Promise.all(
    Array.from({ length: 90 }, async (_, index) => states[index % 3]?.takeAll(all, demand)),
  );
  expect(takes.filter((each) => each?.kind === 'taken')).toHaveLength(20);
  expect(takes.find((each) => each?.kind === 'refused')).toMatchObject({ refused: { counterKey: 'tenant:t' } });
  const key = await states[0]?.takeAll([counted('key:a', 50)], demand);
  expect(key?.kind).toBe('taken');
  expect(states[0]?.standing(counted('key:a', 50)).windows[0]?.used).toBe(21);
});

describe('while the ledger does not answer', () => {
  test('new takes are decided at once after a fifth of the timeout, and those under way at the timeout', async () => {
    const { states, ledgers, pass, clock } = await fleetOf(1);
    const [state] = states;
    const target = targetOf({ limits: { requestsPerMinute: 10 } });
    ledgers[0]?.become('hung');
    const since = clock.now();
    const early = state?.take([{ target, tokens: 1, lease: 1000 }]);
    expect(early).toBeInstanceOf(Promise);
    const ended = Promise.resolve(early).then(() => clock.now() - since);
    await pass(12);
    expect(state?.mode).toBe('suspect');
    expect(state?.take([{ target, tokens: 1, lease: 1000 }])).not.toBeInstanceOf(Promise);
    await pass(50);
    expect(state?.mode).toBe('local');
    expect(await ended).toBeGreaterThanOrEqual(TIMEOUT);
    expect(await ended).toBeLessThan(TIMEOUT + 10);
    expect(state?.modes.map(({ mode }) => mode)).toEqual(['shared', 'suspect', 'local']);
  });

  test.each(['hung', 'refusing'] as const)(
    '%s: the shares of all processes are what was left, and no more',
    async (fault) => {
      const { rush, ledgers, pass } = await fleetOf(3);
      const own = { limits: { requestsPerMinute: 30, concurrency: 25 } };
      // Each process is known to the ledger as a user of it.
      expect(await rush(10, own)).toHaveLength(10);
      await pass(1100, 100);
      for (const ledger of ledgers) ledger.become(fault);
      const under = rush(3, own);
      await pass(70);
      const taken = (await under).length + (await rush(300, own)).length;
      expect(taken).toBeLessThanOrEqual(15);
      expect(taken).toBeGreaterThanOrEqual(12);
    },
  );

  test('once it answers again, all that was taken without it counts, and takes are exact', async () => {
    const { rush, ledgers, states, pass } = await fleetOf(3);
    const own = { limits: { requestsPerMinute: 60 } };
    expect(await rush(9, own)).toHaveLength(9);
    await pass(1100, 100);
    for (const ledger of ledgers) ledger.become('hung');
    await pass(1200, 5);
    expect(states.map(({ mode }) => mode)).toEqual(['local', 'local', 'local']);
    const without = await rush(21, own);
    expect(without).toHaveLength(21);
    for (const hold of without) hold.settle('healthy', 10);
    for (const ledger of ledgers) ledger.become('none');
    await pass(3000, 20);
    expect(states.map(({ mode }) => mode)).toEqual(['shared', 'shared', 'shared']);
    expect(await rush(300, own)).toHaveLength(30);
  });

  test('two minutes of requests are reported in few changes, and none is lost', async () => {
    const { states, ledgers, pass, clock } = await fleetOf(1);
    const [state] = states;
    const target = targetOf({ limits: { tokensPerDay: 1e6, requestsPerDay: 1e5, requestsPerMinute: 1e5 } });
    ledgers[0]?.become('refusing');
    await pass(1200, 5);
    for (let sent = 0; sent < 6000; sent++) {
      (await state?.take([{ target, tokens: 10, lease: 60_000 }]))?.hold?.settle('healthy', 7);
      clock.advance(20);
    }
    ledgers[0]?.become('none');
    await pass(2000, 20);
    expect(state?.mode).toBe('shared');
    expect(ledgers[0]?.mostChanges()).toBeLessThan(500);
    expect(await usedIn(ledgers[0], target)).toMatchObject({ tokensPerDay: 42_000, requestsPerDay: 6000 });
  });

  test('it is asked again though requests never pause, and knows what was taken meanwhile', async () => {
    const { states, ledgers, pass } = await fleetOf(1);
    const [state] = states;
    const target = targetOf({ limits: { requestsPerDay: 10_000, concurrency: 10_000 } });
    ledgers[0]?.become('refusing');
    await pass(1200, 5);
    ledgers[0]?.become('none');
    let taken = 0;
    for (let sent = 0; sent < 400; sent++) {
      if (state?.mode === 'shared') break;
      await Promise.all(Array.from({ length: 5 }, async () => state?.take([{ target, tokens: 1, lease: 60_000 }])));
      taken += 5;
      await pass(5, 1);
    }
    expect(state?.mode).toBe('shared');
    await pass(10);
    expect(await usedIn(ledgers[0], target)).toMatchObject({ requestsPerDay: taken });
  });

  test('a server whose breaker is half open is probed without the election', async () => {
    const { states, ledgers, pass } = await fleetOf(1);
    const [state] = states;
    const target = targetOf();
    const take = async () => state?.take([{ target, tokens: 1, lease: 1000 }]);
    for (let failed = 0; failed < 5; failed++) (await take())?.hold?.settle('failed', 0);
    await pass(5100, 100);
    ledgers[0]?.become('hung');
    const probe = take();
    await pass(60);
    expect((await probe)?.hold?.probe).toBe(true);
  });

  test('what one process has used alone is not there for the others', async () => {
    const { states, ledgers, pass, rush } = await fleetOf(3);
    const target = targetOf({ limits: { requestsPerMinute: 20 } });
    // The first one uses nearly all of it, and the others are known as users.
    for (const state of [...states, ...Array.from({ length: 15 }, () => states[0])])
      expect((await state?.take([{ target, tokens: 1, lease: 60_000 }]))?.hold).toBeDefined();
    await pass(3200, 100);
    for (const ledger of ledgers) ledger.become('refusing');
    await pass(1200, 20);
    expect(await rush(90, { limits: { requestsPerMinute: 20 } })).toHaveLength(2);
  });

  test('what other processes have used since is not guessed when it is lost twice', async () => {
    const { rush, ledgers, pass } = await fleetOf(2);
    const own = { limits: { requestsPerMinute: 40 } };
    await rush(2, own);
    await pass(1100, 100);
    const [first] = ledgers;
    first?.become('refusing');
    await pass(1200, 5);
    // The other process uses nearly all of it meanwhile.
    const others = await rush(100, own);
    first?.become('none');
    await pass(2000, 20);
    for (const ledger of ledgers) ledger.become('refusing');
    await pass(1200, 20);
    const more = await rush(100, own);
    expect(2 + others.length + more.length).toBeLessThanOrEqual(60);
  });
});

test('a process that dies gives back what it has running when its lease ends, and not before', async () => {
  const { states, ledgers, pass } = await fleetOf(2);
  const [dead, alive] = states;
  const target = targetOf({ limits: { concurrency: 4 } });
  const take = (state: SharedState | undefined) => state?.take([{ target, tokens: 1, lease: 1e6 }]);
  const held = await Promise.all(Array.from({ length: 4 }, async () => take(dead)));
  expect(held.every((each) => each?.hold !== undefined)).toBe(true);
  // Nothing of it reaches the ledger any more.
  ledgers[0]?.become('refusing');
  await pass(LEASE - 1000, 250);
  expect((await take(alive))?.hold).toBeUndefined();
  await pass(2000, 250);
  expect((await take(alive))?.hold).toBeDefined();
});

test('a process that ends gives back what it has running at once', async () => {
  const { states } = await fleetOf(2);
  const [ended, other] = states;
  const target = targetOf({ limits: { concurrency: 1 } });
  await ended?.take([{ target, tokens: 1, lease: 1e6 }]);
  await ended?.[Symbol.asyncDispose]();
  expect((await other?.take([{ target, tokens: 1, lease: 1e6 }]))?.hold).toBeDefined();
});

test('other limits of another process for one counter are reported once', async () => {
  const clock = fakeClock(START);
  const counts = createMemoryCounts(clock);
  const reported: string[] = [];
  const states = ['a', 'b'].map((process) =>
    createSharedState({
      counts: counts.connect(process),
      process,
      clock,
      timeout: TIMEOUT,
      lease: LEASE,
      replicas: 1,
      onMode: () => undefined,
      onConflict: (key) => reported.push(`${process} ${key}`),
    }),
  );
  await Promise.all(states.map(({ ready }) => ready));
  for (const requestsPerMinute of [5, 6, 5, 6])
    await states[requestsPerMinute - 5]?.take([
      { target: targetOf({ limits: { requestsPerMinute } }), tokens: 1, lease: 1000 },
    ]);
  expect(reported).toEqual(['b acc/m', 'a acc/m']);
});

test('a cooldown and an open circuit breaker at one process hold at all', async () => {
  const { states, clock, pass } = await fleetOf(2);
  const [one, two] = states;
  const target = targetOf();
  one?.cool('acc', { retryAt: clock.now() + 5000, lasting: false, reason: 'throttled' });
  await pass(2);
  expect(two?.look({ target, tokens: 1, lease: 0 })).toMatchObject({
    kind: 'cooling_down',
    retryAt: clock.now() + 4998,
  });
  await pass(5000, 100);
  for (let failed = 0; failed < 5; failed++)
    (await one?.take([{ target, tokens: 1, lease: 1000 }]))?.hold?.settle('failed', 0);
  await pass(2);
  expect(two?.status(target).breaker.state).toBe('open');
  await pass(5100, 100);
  // One process probes; the other one does not.
  const probes = await Promise.all(states.map(async (state) => state.take([{ target, tokens: 1, lease: 1000 }])));
  expect(probes.map(({ hold }) => hold?.probe)).toEqual([true, undefined]);
  probes[0]?.hold?.settle('healthy', 1);
  await pass(2);
  expect(states.map((state) => state.status(target).breaker.state)).toEqual(['closed', 'closed']);
});
