import { expect, test } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import type { Target } from '../../src/domain/chain.ts';
import type { Candidate, Cooldown, Hold, LimitState, Take } from '../../src/state/limit-state.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const START = Date.parse('2026-06-15T12:00:00Z');
const LEASE = 10_000;

function candidate(own: Partial<Target> = {}, tokens = 10): Candidate {
  return { target: targetOf(own), tokens, lease: LEASE };
}

function cooldown(until: number, own: Partial<Cooldown> = {}): Cooldown {
  return { retryAt: until, lasting: false, reason: 'throttled', ...own };
}

function held({ hold }: Take): Hold {
  if (hold === undefined) throw new Error('nothing was taken');
  return hold;
}

/** What every keeper of limits has to do. `make` makes an empty one on the given clock. */
export function keepsLimits(make: (clock: Clock) => LimitState): void {
  function start() {
    const clock = fakeClock(START);
    const state = make(clock);
    const take = async (own: Partial<Target> = {}, tokens?: number): Promise<Take> =>
      state.take([candidate(own, tokens)]);
    return { clock, state, take };
  }

  test('of a hundred who ask at once exactly as many are taken as the limit allows', async () => {
    for (const limits of [{ requestsPerMinute: 10 }, { concurrency: 10 }, { tokensPerDay: 109 }]) {
      const { state, take } = start();
      const takes = await Promise.all(Array.from({ length: 100 }, () => take({ limits })));
      expect(takes.filter(({ hold }) => hold !== undefined)).toHaveLength(10);
      expect(state.status(targetOf({ limits })).concurrency.running).toBe(10);
    }
  });

  test('the first is taken that nothing stands against, and it is told what stood against those before it', async () => {
    const { state } = start();
    const cooling = candidate({ account: 'a' });
    const small = candidate({ account: 'b', limits: { tokensPerMinute: 4 } });
    const full = candidate({ account: 'c', limits: { concurrency: 1 } });
    const free = candidate({ account: 'd' });
    state.cool('a', cooldown(START + 100));
    held(await state.take([full]));
    const { index, obstacles } = await state.take([cooling, small, full, free, cooling]);
    expect(index).toBe(3);
    expect(obstacles).toEqual([
      { kind: 'cooling_down', ...cooldown(START + 100) },
      { kind: 'too_large', window: 'tokensPerMinute', limit: 4 },
      { kind: 'limited', window: 'concurrency', until: undefined },
    ]);
    expect([cooling, small, full, free].map((each) => state.look(each))).toEqual([...obstacles, undefined]);
    expect(await state.take([cooling, small])).toMatchObject({ index: undefined, hold: undefined });
  });

  test('a request counts while it runs, and from its reply on for as long as its window', async () => {
    const { clock, state, take } = start();
    const own = { limits: { requestsPerMinute: 1 } };
    const hold = held(await take(own));
    // It will count for at least as long as if it were answered at once.
    const soonest = START + 60_000;
    expect(state.look(candidate(own))).toEqual({ kind: 'limited', window: 'requestsPerMinute', until: soonest });
    clock.advance(5000);
    hold.replied([]);
    const until = START + 65_000;
    expect(state.look(candidate(own))).toEqual({ kind: 'limited', window: 'requestsPerMinute', until });
    clock.advance(3000);
    hold.settle('healthy', 3);
    expect(state.look(candidate(own))).toMatchObject({ until });
    clock.advance(57_000);
    expect(state.look(candidate(own))).toBeUndefined();
  });

  test('tokens count as booked while they run, and as taken from their end on', async () => {
    const { clock, state, take } = start();
    const target = { limits: { tokensPerMinute: 100 } };
    const used = (): unknown => state.status(targetOf(target)).windows[0]?.used;
    const [one, two, three] = [held(await take(target, 40)), held(await take(target, 40)), await take(target, 21)];
    expect(three.obstacles).toEqual([{ kind: 'limited', window: 'tokensPerMinute', until: undefined }]);
    one.settle('healthy', 10);
    expect(used()).toBe(50);
    two.settle('neither', undefined);
    expect(used()).toBe(50);
    two.settle('failed', 1000);
    expect(used()).toBe(50);
    clock.advance(60_000);
    expect(used()).toBe(0);
  });

  test('what the vendor has counted of what runs is not counted twice, and what it took beyond that is', async () => {
    const { state, take } = start();
    const used = (): unknown => state.status(targetOf()).windows.map((each) => [each.window, each.used]);
    const hold = held(await take({}, 40));
    hold.replied([
      { window: 'requestsPerDay', limit: 100, remaining: 90 },
      { window: 'tokensPerMinute', limit: 1000, remaining: 900 },
    ]);
    const told = [
      ['tokensPerMinute', 100],
      ['requestsPerDay', 10],
    ];
    expect(used()).toEqual(told);
    const [tokens, requests] = told;
    hold.settle('healthy', 55);
    expect(used()).toEqual([[tokens?.[0], 115], requests]);
  });

  test('tokens of which a reply tells no more than the limit are still counted', async () => {
    const { state, take } = start();
    const hold = held(await take({}, 40));
    hold.replied([{ window: 'tokensPerMinute', limit: 1000 }]);
    hold.settle('healthy', 30);
    expect(state.status(targetOf()).windows).toMatchObject([{ window: 'tokensPerMinute', used: 30, limit: 1000 }]);
    const unknown = { account: 'x', limits: { tokensPerMinute: 1000 } };
    const other = held(await take(unknown, 40));
    other.replied([{ window: 'tokensPerMinute', remaining: 500 }]);
    other.settle('healthy', 50);
    expect(state.status(targetOf(unknown)).windows).toMatchObject([{ used: 50, source: 'configured' }]);
  });

  test('what the vendor tells overrules what was learned, and that what is configured', async () => {
    const { state, take } = start();
    const own = { limits: { requestsPerMinute: 5 } };
    const limit = (): unknown => state.status(targetOf(own)).windows[0];
    expect(limit()).toEqual({
      window: 'requestsPerMinute',
      limit: 5,
      source: 'configured',
      used: 0,
      resetAt: undefined,
    });
    state.learn(targetOf(own), { requestsPerMinute: 7 });
    expect(limit()).toMatchObject({ limit: 7, source: 'learned' });
    held(await take(own)).replied([{ window: 'requestsPerMinute', limit: 9 }]);
    state.learn(targetOf(own), { requestsPerMinute: 7 });
    expect(limit()).toMatchObject({ limit: 9, source: 'observed', used: 1 });
  });

  test('what may fit though it is estimated at the double fits into an empty window, and what is larger never does', async () => {
    const { clock, take } = start();
    const own = { limits: { tokensPerMinute: 90, concurrency: 1 } };
    const first = held(await take(own, 180));
    expect((await take(own, 181)).obstacles).toEqual([{ kind: 'too_large', window: 'tokensPerMinute', limit: 90 }]);
    first.settle('healthy', 1);
    expect((await take(own, 180)).obstacles).toMatchObject([{ kind: 'limited', until: START + 60_000 }]);
    clock.advance(60_000);
    held(await take(own, 180));
  });

  test('who waits for a window as well as for others’ end is told when the window comes back', async () => {
    const { state, take } = start();
    const own = { limits: { requestsPerMinute: 1, requestsPerDay: 2, concurrency: 1 } };
    held(await take(own)).settle('healthy', 0);
    const minute = { kind: 'limited', window: 'requestsPerMinute', until: START + 60_000 };
    expect(state.look(candidate(own))).toEqual(minute);
    const wide = { limits: { ...own.limits, requestsPerMinute: 2 } };
    held(await take(wide));
    expect(state.look(candidate({ limits: { requestsPerMinute: 2, concurrency: 1 } }))).toEqual({
      kind: 'limited',
      window: 'requestsPerMinute',
      until: START + 60_000,
    });
  });

  test('what nobody settles ends with its lease, also behind one that is leased for longer', async () => {
    const { clock, state } = start();
    const target = targetOf({ limits: { concurrency: 2, requestsPerMinute: 10 } });
    const long = held(await state.take([{ target, tokens: 1, lease: 3_600_000 }]));
    const short = held(await state.take([{ target, tokens: 1, lease: LEASE }]));
    expect(state.status(target).concurrency).toEqual({ limit: 2, running: 2 });
    clock.advance(LEASE);
    expect(state.look({ target, tokens: 1, lease: 1 })).toBeUndefined();
    expect(state.status(target).concurrency.running).toBe(1);
    expect(state.status(target).windows[0]?.used).toBe(2);
    short.settle('failed', 5);
    short.replied([{ window: 'requestsPerMinute', limit: 10, remaining: 0 }]);
    expect(state.status(target).windows[0]?.used).toBe(2);
    // It ended then, whenever it is noticed.
    clock.advance(60_000);
    expect(state.status(target).windows[0]?.used).toBe(1);
    long.settle('healthy', 1);
  });

  test('no later than its window a lease that nobody looked at is forgotten', async () => {
    const { clock, state, take } = start();
    const own = { limits: { requestsPerMinute: 1 } };
    held(await take(own));
    clock.advance(LEASE + 60_000);
    expect(state.look(candidate(own))).toBeUndefined();
    expect(state.status(targetOf(own)).windows[0]).toMatchObject({ used: 0, resetAt: undefined });
  });

  test('one that keeps failing is left alone, but for one probe at a time and who asks all the same', async () => {
    const { clock, state, take } = start();
    for (let each = 0; each < 5; each++) held(await take()).settle('failed', 0);
    expect((await take()).obstacles).toEqual([{ kind: 'breaker_open', until: START + 5000 }]);
    expect(state.status(targetOf()).breaker).toEqual({ state: 'open', until: START + 5000 });
    // Under another key it is the same one that fails, and another model is not.
    expect((await take({ account: 'other' })).obstacles[0]?.kind).toBe('breaker_open');
    expect((await take({ model: 'other' })).obstacles).toEqual([]);
    const despite = await state.take([candidate()], true);
    expect(despite.hold?.probe).toBe(false);
    clock.advance(5000);
    expect(held(await take()).probe).toBe(true);
    expect((await take()).obstacles).toEqual([{ kind: 'breaker_open', until: undefined }]);
    // A probe that nobody settles gives its place back when its lease ends.
    clock.advance(LEASE);
    const probe = held(await take());
    expect(probe.probe).toBe(true);
    probe.settle('healthy', 0);
    expect(held(await take()).probe).toBe(false);
  });

  test('a cooldown of the account, of what is counted together, or of the model stands against it', async () => {
    const { clock, state, take } = start();
    const own = { account: 'acc', counted: 'acc/group', model: 'm' };
    for (const key of ['acc', 'acc/group', 'acc/m']) {
      state.cool(key, cooldown(clock.now() + 100));
      state.cool(key, cooldown(clock.now() + 50, { lasting: true }));
      expect((await take(own)).obstacles).toEqual([{ kind: 'cooling_down', ...cooldown(clock.now() + 100) }]);
      clock.advance(100);
      held(await take(own)).settle('healthy', 0);
    }
    state.cool('acc', cooldown(clock.now() + 100, { reason: 'unauthorised' }));
    expect(state.status(targetOf(own)).cooldown?.reason).toBe('unauthorised');
    const early = held(await take({ account: 'other' }));
    state.cool('other', cooldown(clock.now() + 100));
    early.settle('healthy', 0);
    expect((await take({ account: 'other' })).obstacles[0]?.kind).toBe('cooling_down');
    state.forgive(({ reason }) => reason === 'unauthorised');
    expect((await take(own)).hold).toBeDefined();
    expect((await take({ account: 'other' })).hold).toBeUndefined();
  });

  test('whoever watches hears of every change in the same tick, with its key, until he is disposed', async () => {
    const { clock, state, take } = start();
    const heard: string[] = [];
    const watching = state.watch((key) => heard.push(key));
    const hold = held(await take());
    expect(heard.splice(0)).toEqual(['acc/m']);
    hold.replied([]);
    expect(heard.splice(0)).toEqual(['acc/m']);
    hold.settle('neither', 0);
    hold.settle('neither', 0);
    expect(heard.splice(0)).toEqual(['acc/m']);
    state.cool('acc', cooldown(START + 100));
    state.cool('acc', cooldown(START + 50));
    state.forgive(() => true);
    expect(heard.splice(0)).toEqual(['acc', 'acc']);
    state.learn(targetOf(), { requestsPerMinute: 1 });
    expect(heard.splice(0)).toEqual(['acc/m']);
    state.look(candidate());
    state.status(targetOf());
    expect(heard).toEqual([]);
    held(await take({ account: 'b' }));
    heard.splice(0);
    clock.advance(LEASE);
    state.look(candidate({ account: 'b' }));
    expect(heard.splice(0)).toEqual(['b/m']);
    watching[Symbol.dispose]();
    state.cool('acc', cooldown(START + 1e6));
    expect(heard).toEqual([]);
  });

  test('long cooldowns and spent days outlive the process, each part of a day to its own end', async () => {
    const { clock, state, take } = start();
    const own = { limits: { requestsPerDay: 10, requestsPerMinute: 100 } };
    held(await take(own)).settle('healthy', 5);
    clock.advance(3_600_000);
    held(await take(own)).settle('healthy', 5);
    state.cool('acc', cooldown(clock.now() + 60_001, { lasting: true, reason: 'exhausted' }));
    state.cool('acc/m', cooldown(clock.now() + 60_000));
    const lasting = state.lasting();
    expect(lasting.cooldowns).toEqual([
      { key: 'acc', ...cooldown(clock.now() + 60_001, { lasting: true, reason: 'exhausted' }) },
    ]);
    const next = make(clock);
    next.look(candidate({ ...own, account: 'b' }));
    next.restore(lasting);
    const row = { key: 'b/m', window: 'requestsPerDay', used: 9, until: START + 1e8, limit: 9 } as const;
    next.restore({ cooldowns: [], windows: [row] });
    // What nobody has asked about yet is handed on all the same.
    expect(next.lasting().cooldowns).toEqual(lasting.cooldowns);
    expect(next.lasting().windows).toEqual(expect.arrayContaining([...lasting.windows]));
    expect(next.look(candidate(own))?.kind).toBe('cooling_down');
    const used = (account: string): unknown => next.status(targetOf({ ...own, account })).windows[1]?.used;
    expect([used('acc'), used('b')]).toEqual([2, 9]);
    // A limit that a vendor has told of goes with what is used of it.
    expect(next.look(candidate({ ...own, account: 'b' }))).toMatchObject({ kind: 'limited', window: 'requestsPerDay' });
    clock.advance(23 * 3_600_000);
    expect(used('acc')).toBe(1);
    clock.advance(3_600_000);
    expect([used('acc'), used('b')]).toEqual([0, 9]);
    const late = make(clock);
    late.restore(lasting);
    expect(late.lasting()).toEqual({ cooldowns: [], windows: [] });
  });

  test('one that shares its limits with others counts with them', async () => {
    const { state, take } = start();
    const one = { model: 'a', counted: 'acc/all', limits: { requestsPerMinute: 2 } };
    const two = { ...one, model: 'b' };
    held(await take(one));
    held(await take(two));
    expect(state.look(candidate(one))?.kind).toBe('limited');
    expect(state.status(targetOf(two)).windows[0]?.used).toBe(2);
  });
}
