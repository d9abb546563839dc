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

function cooldown(retryAt: number, own: Partial<Cooldown> = {}): Cooldown {
  return { retryAt, lasting: false, reason: 'throttled', ...own };
}

function held({ hold }: Take): Hold {
  if (hold === undefined) throw new Error('no candidate was taken');
  return hold;
}

/** The contract of every limit state. `make` returns an empty one on the given clock. */
export function testLimitState(make: (clock: Clock) => LimitState | Promise<LimitState>): void {
  async function start() {
    const clock = fakeClock(START);
    const state = await make(clock);
    const take = async (own: Partial<Target> = {}, tokens?: number): Promise<Take> =>
      state.take([candidate(own, tokens)]);
    return { clock, state, take };
  }

  test('of a hundred concurrent requests exactly as many are taken as the limit allows', async () => {
    for (const limits of [{ requestsPerMinute: 10 }, { concurrency: 10 }, { tokensPerDay: 109 }]) {
      const { state, take } = await start();
      const takes = await Promise.all(Array.from({ length: 100 }, () => take({ limits })));
      expect(takes.filter(({ hold }) => hold !== undefined)).toHaveLength(10);
      expect(state.status(targetOf({ limits })).concurrency.running).toBe(10);
    }
  });

  test('the first candidate without an obstacle is taken, and the obstacles of those before it are returned', async () => {
    const { state } = await start();
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
      { kind: 'limited', window: 'concurrency', retryAt: undefined },
    ]);
    expect([cooling, small, full, free].map((each) => state.look(each))).toEqual([...obstacles, undefined]);
    expect(await state.take([cooling, small])).toMatchObject({ index: undefined, hold: undefined });
  });

  test('a request counts while it runs, and for the length of the window after its reply', async () => {
    const { clock, state, take } = await start();
    const own = { limits: { requestsPerMinute: 1 } };
    const hold = held(await take(own));
    // It counts for as long at least as if its reply came at once.
    const soonest = START + 60_000;
    expect(state.look(candidate(own))).toEqual({ kind: 'limited', window: 'requestsPerMinute', retryAt: soonest });
    clock.advance(5000);
    hold.replied([]);
    const retryAt = START + 65_000;
    expect(state.look(candidate(own))).toEqual({ kind: 'limited', window: 'requestsPerMinute', retryAt });
    clock.advance(3000);
    hold.settle('healthy', 3);
    expect(state.look(candidate(own))).toMatchObject({ retryAt });
    clock.advance(57_000);
    expect(state.look(candidate(own))).toBeUndefined();
  });

  test('tokens count as reserved while an attempt runs, and as taken once it is settled', async () => {
    const { clock, state, take } = await start();
    const target = { limits: { tokensPerMinute: 100 } };
    const used = (): unknown => state.status(targetOf(target)).windows[0]?.used;
    const reserved = (): unknown => state.status(targetOf(target)).windows[0]?.reserved;
    const [one, two, three] = [held(await take(target, 40)), held(await take(target, 40)), await take(target, 21)];
    expect(three.obstacles).toEqual([{ kind: 'limited', window: 'tokensPerMinute', retryAt: undefined }]);
    expect([used(), reserved()]).toEqual([80, 80]);
    one.settle('healthy', 10);
    expect([used(), reserved()]).toEqual([50, 40]);
    two.settle('neither', undefined);
    expect([used(), reserved()]).toEqual([50, 0]);
    two.settle('failed', 1000);
    expect(used()).toBe(50);
    clock.advance(60_000);
    expect(used()).toBe(0);
  });

  test('what the provider has counted of a running attempt is not counted twice, and what exceeds it is counted', async () => {
    const { state, take } = await start();
    const used = (): unknown => state.status(targetOf()).windows.map((each) => [each.window, each.used]);
    const hold = held(await take({}, 40));
    hold.replied([
      { window: 'requestsPerDay', limit: 100, remaining: 90 },
      { window: 'tokensPerMinute', limit: 1000, remaining: 900 },
    ]);
    const reported = [
      ['tokensPerMinute', 100],
      ['requestsPerDay', 10],
    ];
    expect(used()).toEqual(reported);
    const [tokens, requests] = reported;
    hold.settle('healthy', 55);
    expect(used()).toEqual([[tokens?.[0], 115], requests]);
  });

  test('tokens are still counted when the reply reports only the limit', async () => {
    const { state, take } = await start();
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

  test('a limit from headers overrules a learned one, which overrules a configured one', async () => {
    const { state, take } = await start();
    const own = { limits: { requestsPerMinute: 5 } };
    const limit = (): unknown => state.status(targetOf(own)).windows[0];
    expect(limit()).toEqual({
      window: 'requestsPerMinute',
      limit: 5,
      source: 'configured',
      used: 0,
      reserved: 0,
      resetAt: undefined,
    });
    state.learn(targetOf(own), { requestsPerMinute: 7 });
    expect(limit()).toMatchObject({ limit: 7, source: 'learned' });
    held(await take(own)).replied([{ window: 'requestsPerMinute', limit: 9 }]);
    state.learn(targetOf(own), { requestsPerMinute: 7 });
    expect(limit()).toMatchObject({ limit: 9, source: 'observed', used: 1 });
  });

  test('a request estimated at twice the limit fits into an empty window, a larger one never does', async () => {
    const { clock, take } = await start();
    const own = { limits: { tokensPerMinute: 90, concurrency: 1 } };
    const first = held(await take(own, 180));
    expect((await take(own, 181)).obstacles).toEqual([{ kind: 'too_large', window: 'tokensPerMinute', limit: 90 }]);
    first.settle('healthy', 1);
    expect((await take(own, 180)).obstacles).toMatchObject([{ kind: 'limited', retryAt: START + 60_000 }]);
    clock.advance(60_000);
    held(await take(own, 180));
  });

  test('a request limited by a window and by concurrency may be retried when the window resets', async () => {
    const { state, take } = await start();
    const own = { limits: { requestsPerMinute: 1, requestsPerDay: 2, concurrency: 1 } };
    held(await take(own)).settle('healthy', 0);
    const minute = { kind: 'limited', window: 'requestsPerMinute', retryAt: START + 60_000 };
    expect(state.look(candidate(own))).toEqual(minute);
    const wide = { limits: { ...own.limits, requestsPerMinute: 2 } };
    held(await take(wide));
    expect(state.look(candidate({ limits: { requestsPerMinute: 2, concurrency: 1 } }))).toEqual({
      kind: 'limited',
      window: 'requestsPerMinute',
      retryAt: START + 60_000,
    });
  });

  test('an attempt that is never settled ends with its lease, also behind one with a longer lease', async () => {
    const { clock, state } = await start();
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
    // It counts as ended at the end of its lease, whenever that is noticed.
    clock.advance(60_000);
    expect(state.status(target).windows[0]?.used).toBe(1);
    long.settle('healthy', 1);
  });

  test('an expired lease that was never looked at is forgotten with its window', async () => {
    const { clock, state, take } = await start();
    const own = { limits: { requestsPerMinute: 1 } };
    held(await take(own));
    clock.advance(LEASE + 60_000);
    expect(state.look(candidate(own))).toBeUndefined();
    expect(state.status(targetOf(own)).windows[0]).toMatchObject({ used: 0, resetAt: undefined });
  });

  test('a target that keeps failing is taken for one probe at a time only, or when the breaker is ignored', async () => {
    const { clock, state, take } = await start();
    for (let each = 0; each < 5; each++) held(await take()).settle('failed', 0);
    expect((await take()).obstacles).toEqual([{ kind: 'breaker_open', retryAt: START + 5000 }]);
    expect(state.status(targetOf()).breaker).toEqual({ state: 'open', retryAt: START + 5000 });
    // The breaker covers the same model under another key, and no other model.
    expect((await take({ account: 'other' })).obstacles[0]?.kind).toBe('breaker_open');
    expect((await take({ model: 'other' })).obstacles).toEqual([]);
    const ignoring = await state.take([candidate()], { ignoreBreaker: true });
    expect(ignoring.hold?.probe).toBe(false);
    clock.advance(5000);
    expect(held(await take()).probe).toBe(true);
    expect((await take()).obstacles).toEqual([{ kind: 'breaker_open', retryAt: undefined }]);
    // A probe that is never settled makes room for another when its lease ends.
    clock.advance(LEASE);
    const probe = held(await take());
    expect(probe.probe).toBe(true);
    probe.settle('healthy', 0);
    expect(held(await take()).probe).toBe(false);
  });

  test('a cooldown of the account, of the shared counter or of the model is an obstacle', async () => {
    const { clock, state, take } = await start();
    const own = { account: 'acc', counterKey: 'acc/group', model: 'm' };
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
    state.forget(['unauthorised']);
    expect((await take(own)).hold).toBeDefined();
    expect((await take({ account: 'other' })).hold).toBeUndefined();
  });

  test('a watcher is called with the key of every change in the same tick, until it is disposed', async () => {
    const { clock, state, take } = await start();
    const changes: string[] = [];
    const watching = state.watch((key) => changes.push(key));
    const hold = held(await take());
    expect(changes.splice(0)).toEqual(['acc/m']);
    hold.replied([]);
    expect(changes.splice(0)).toEqual(['acc/m']);
    hold.settle('neither', 0);
    hold.settle('neither', 0);
    expect(changes.splice(0)).toEqual(['acc/m']);
    state.cool('acc', cooldown(START + 100));
    state.cool('acc', cooldown(START + 50));
    state.forget(['throttled']);
    expect(changes.splice(0)).toEqual(['acc', 'acc']);
    state.learn(targetOf(), { requestsPerMinute: 1 });
    expect(changes.splice(0)).toEqual(['acc/m']);
    state.look(candidate());
    state.status(targetOf());
    expect(changes).toEqual([]);
    held(await take({ account: 'b' }));
    changes.splice(0);
    clock.advance(LEASE);
    state.look(candidate({ account: 'b' }));
    expect(changes.splice(0)).toEqual(['b/m']);
    watching[Symbol.dispose]();
    state.cool('acc', cooldown(START + 1e6));
    expect(changes).toEqual([]);
  });

  test('what a provider reports and what was counted outlive the process in one part where they expire together', async () => {
    const { clock, state, take } = await start();
    const own = { limits: { requestsPerDay: 10 } };
    const hold = held(await take(own));
    hold.replied([{ window: 'requestsPerDay', limit: 10, remaining: 4, resetAt: START + 3_600_000 }]);
    hold.settle('healthy', 5);
    const { windows } = state.lasting();
    expect(windows).toMatchObject([{ window: 'requestsPerDay', used: 6, until: START + 3_600_000 }]);
    const next = await make(clock);
    next.restore({ cooldowns: [], windows });
    expect(next.status(targetOf(own)).windows[0]).toMatchObject({ used: 6 });
  });

  test('long cooldowns and used daily quotas outlive the process, each part to its own expiry', async () => {
    const { clock, state, take } = await start();
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
    const next = await make(clock);
    next.look(candidate({ ...own, account: 'b' }));
    next.restore(lasting);
    const row = { key: 'b/m', window: 'requestsPerDay', used: 9, until: START + 1e8, limit: 9 } as const;
    next.restore({ cooldowns: [], windows: [row] });
    // What is restored and not used yet is stored again all the same.
    expect(next.lasting().cooldowns).toEqual(lasting.cooldowns);
    expect(next.lasting().windows).toEqual(expect.arrayContaining([...lasting.windows]));
    expect(next.look(candidate(own))?.kind).toBe('cooling_down');
    const used = (account: string): unknown => next.status(targetOf({ ...own, account })).windows[1]?.used;
    expect([used('acc'), used('b')]).toEqual([2, 9]);
    // A limit that a provider reported is stored with what is used of it.
    expect(next.look(candidate({ ...own, account: 'b' }))).toMatchObject({ kind: 'limited', window: 'requestsPerDay' });
    clock.advance(23 * 3_600_000);
    expect(used('acc')).toBe(1);
    clock.advance(3_600_000);
    expect([used('acc'), used('b')]).toEqual([0, 9]);
    const late = await make(clock);
    late.restore(lasting);
    expect(late.lasting()).toEqual({ cooldowns: [], windows: [] });
  });

  test('targets that share their limits are counted together', async () => {
    const { state, take } = await start();
    const one = { model: 'a', counterKey: 'acc/all', limits: { requestsPerMinute: 2 } };
    const two = { ...one, model: 'b' };
    held(await take(one));
    held(await take(two));
    expect(state.look(candidate(one))?.kind).toBe('limited');
    expect(state.status(targetOf(two)).windows[0]?.used).toBe(2);
  });
}
