import { describe, expect, test } from 'vitest';
import { NOTHING_LIVE } from '../../../dashboard/live/live-snapshot.ts';
import { hasFailed, hasSpilled, LiveState } from '../../../dashboard/live/live-state.ts';
import { attempted, attempting, finished, limit, started, step } from '../watched-events.ts';

const T = 1_000_000;

describe('requests', () => {
  test('a request runs from its start to its end, with the outcomes of its attempts', () => {
    const state = new LiveState();
    state.apply(started('r1'), T);
    state.apply(
      {
        kind: 'request_queued',
        request_id: 'r1',
        client_request_id: null,
        chain: 'default',
        tenant: null,
        position: 2,
        eta_ms: null,
      },
      T + 1,
    );
    expect(state.snapshot('live', NOTHING_LIVE).running).toMatchObject([
      { id: 'r1', seenAt: T, position: 2, endedAt: null },
    ]);
    state.apply(attempting('r1', 1, 'groq/llama'), T + 2);
    state.apply(attempted('r1', 1, step('groq/llama', 'throttled', { status: 429 })), T + 3);
    state.apply(attempting('r1', 2, 'openai/gpt'), T + 4);
    expect(state.snapshot('live', NOTHING_LIVE).running).toMatchObject([
      {
        position: null,
        attempts: [
          {
            n: 1,
            provider: 'groq',
            startedAt: T + 2,
            finished: { outcome: 'throttled', status: 429 },
            finishedAt: T + 3,
          },
          { n: 2, provider: 'openai', startedAt: T + 4, finished: null, finishedAt: null },
        ],
      },
    ]);
    state.apply(finished('r1', [step('groq/llama', 'throttled'), step('openai/gpt', 'answered')]), T + 5);
    const { running, ended } = state.snapshot('live', NOTHING_LIVE);
    expect(running).toEqual([]);
    expect(ended).toMatchObject([{ id: 'r1', endedAt: T + 5, finished: { code: 'ok' }, started: { door: 'rest' } }]);
  });

  test('of a request that began before the page was opened, what came later is known', () => {
    const state = new LiveState();
    state.apply(attempting('r1', 2, 'openai/gpt'), T);
    state.apply(attempted('r1', 1, step('groq/llama', 'throttled')), T);
    expect(state.snapshot('live', NOTHING_LIVE).running).toMatchObject([
      { id: 'r1', started: null, attempts: [{ n: 2 }] },
    ]);
    state.apply(finished('r2', [step('openai/gpt', 'answered')]), T);
    expect(state.snapshot('live', NOTHING_LIVE).ended).toMatchObject([{ id: 'r2', started: null, attempts: [] }]);
  });

  test('the newest ones come first, and at most 500 in progress and 200 that have ended are kept', () => {
    const state = new LiveState();
    for (let n = 1; n <= 600; n += 1) state.apply(started(`run${n}`), T + n);
    for (let n = 1; n <= 250; n += 1) state.apply(finished(`end${n}`, []), T + n);
    const { running, ended } = state.snapshot('live', NOTHING_LIVE);
    expect([running.length, running[0]?.id, running.at(-1)?.id]).toEqual([500, 'run600', 'run101']);
    expect([ended.length, ended[0]?.id, ended.at(-1)?.id]).toEqual([200, 'end250', 'end51']);
  });
});

describe('seconds', () => {
  test('each counts the requests that ended in it, those that failed and those that failed over', () => {
    const state = new LiveState();
    const answered = step('openai/gpt', 'answered');
    state.apply(finished('r1', [answered]), T);
    state.apply(finished('r2', [step('groq/llama', 'throttled'), answered]), T + 999);
    state.apply(finished('r3', [step('groq/llama', 'throttled')]), T + 1000);
    state.apply(finished('r4', [step('groq/llama', 'cancelled')], { code: 'client_closed' }), T + 1500);
    expect(state.snapshot('live', NOTHING_LIVE).seconds).toEqual([
      { second: T / 1000, requests: 2, failed: 0, failovers: 1 },
      { second: T / 1000 + 1, requests: 2, failed: 1, failovers: 0 },
    ]);
  });

  test('those before events that were not seen are forgotten: rates over them would be too low', () => {
    const state = new LiveState();
    const secondsOf = (): number[] => state.snapshot('live', NOTHING_LIVE).seconds.map(({ second }) => second);
    for (const [miss, at] of [
      [() => state.restart(), 100],
      [() => state.apply({ kind: 'lost', count: 1 }, 200_000), 200],
    ] as const) {
      state.apply(finished(`before ${at}`, []), at * 1000);
      expect(secondsOf()).toEqual([at]);
      miss();
      expect(secondsOf()).toEqual([]);
    }
    state.apply(finished('after', []), 300_000);
    expect(secondsOf()).toEqual([300]);
  });

  test('the last 300 are kept', () => {
    const state = new LiveState();
    for (let n = 0; n < 400; n += 1) state.apply(finished(`r${n}`, []), n * 1000);
    const { seconds } = state.snapshot('live', NOTHING_LIVE);
    expect([seconds.length, seconds[0]?.second, seconds.at(-1)?.second]).toEqual([300, 100, 399]);
  });
});

describe('snapshots', () => {
  test('what has not changed keeps its identity', () => {
    const state = new LiveState();
    state.apply(started('r1'), T);
    state.apply(finished('r0', []), T);
    state.apply(limit('groq/llama'), T);
    const first = state.snapshot('live', NOTHING_LIVE);
    state.apply(limit('openai/gpt'), T);
    const second = state.snapshot('live', first);
    expect(second.limits).not.toBe(first.limits);
    expect(second.limits.get('groq/llama')).toBe(first.limits.get('groq/llama'));
    expect([second.running, second.ended, second.seconds]).toEqual([first.running, first.ended, first.seconds]);
    expect(second.running).toBe(first.running);
    expect(second.ended).toBe(first.ended);
    expect(second.seconds).toBe(first.seconds);
    state.apply(attempting('r1', 1, 'groq/llama'), T);
    const third = state.snapshot('live', second);
    expect(third.running).not.toBe(second.running);
    expect(third.limits).toBe(second.limits);
    expect(third.ended).toBe(second.ended);
  });

  test('a later change does not change a snapshot', () => {
    const state = new LiveState();
    state.apply(limit('groq/llama'), T);
    const first = state.snapshot('live', NOTHING_LIVE);
    state.apply(limit('openai/gpt'), T);
    state.apply(finished('r1', []), T);
    expect([first.limits.size, first.ended.length, first.seconds.length]).toEqual([1, 0, 0]);
  });

  test('events that the gateway has left out are added up, with the time of the last report', () => {
    const state = new LiveState();
    expect(state.snapshot('live', NOTHING_LIVE)).toMatchObject({ lost: 0, lostAt: null });
    state.apply({ kind: 'lost', count: 3 }, T);
    state.apply({ kind: 'lost', count: 4 }, T + 10);
    expect(state.snapshot('lost', NOTHING_LIVE)).toMatchObject({ status: 'lost', lost: 7, lostAt: T + 10 });
  });
});

test('limits and ended requests are forgotten alone, and come again with their next events', () => {
  const state = new LiveState();
  state.apply(limit('groq/llama'), T);
  state.apply(finished('r0', []), T);
  state.apply(started('r1'), T);
  const first = state.snapshot('live', NOTHING_LIVE);
  state.forgetLimits();
  const second = state.snapshot('lost', first);
  expect([second.limits.size, second.ended.length, second.running.length]).toEqual([0, 1, 1]);
  state.forgetEnded();
  expect(state.snapshot('live', second)).toMatchObject({ ended: [], running: [{ id: 'r1' }] });
  state.apply(limit('openai/gpt'), T);
  state.apply(finished('r1', []), T);
  const last = state.snapshot('live', second);
  expect([[...last.limits.keys()], last.ended.map(({ id }) => id)]).toEqual([['openai/gpt'], ['r1']]);
});

test('a request whose end may have been lost stays for ten seconds, unless something comes of it', () => {
  const state = new LiveState();
  const ids = (): string[] => state.snapshot('live', NOTHING_LIVE).running.map(({ id }) => id);
  state.apply(started('gone'), T);
  state.apply(started('runs'), T);
  state.apply(started('ends'), T);
  expect(state.dropDoubtful(T + 60_000)).toBeUndefined();
  state.apply({ kind: 'lost', count: 1 }, T);
  state.apply(started('later'), T + 1);
  state.apply({ kind: 'lost', count: 1 }, T + 1000);
  state.apply(attempting('runs', 1, 'groq/llama'), T + 2000);
  expect(state.dropDoubtful(T + 9999)).toBe(T + 10_000);
  expect(ids()).toEqual(['later', 'ends', 'runs', 'gone']);
  state.apply(finished('ends', []), T + 9999);
  expect(state.dropDoubtful(T + 10_000)).toBe(T + 11_000);
  expect(ids()).toEqual(['later', 'runs']);
  expect(state.dropDoubtful(T + 11_000)).toBeUndefined();
  expect(ids()).toEqual(['runs']);
});

describe('a new subscription', () => {
  test('forgets the requests in progress, and keeps those that have ended', () => {
    const state = new LiveState();
    state.apply(started('r1'), T);
    state.apply(finished('r0', []), T);
    const before = state.snapshot('live', NOTHING_LIVE);
    state.restart();
    const after = state.snapshot('live', before);
    expect(after.running).toEqual([]);
    expect(after.ended).toBe(before.ended);
  });

  test('keeps the rows of limits until all have come, and then drops those that have not', () => {
    const state = new LiveState();
    state.apply(limit('groq/llama', { state: 'failing' }), T);
    state.apply(limit('gone/model', { state: 'failing' }), T);
    const ids = (): string[] => [...state.snapshot('live', NOTHING_LIVE).limits.keys()];
    state.restart();
    state.apply(limit('groq/llama'), T);
    state.apply(limit('new/model'), T);
    state.snapshot('live', NOTHING_LIVE);
    state.apply(limit('new/other'), T);
    expect(ids()).toEqual(['groq/llama', 'gone/model', 'new/model', 'new/other']);
    state.apply(limit('groq/llama', { running: 1 }), T);
    expect(ids()).toEqual(['groq/llama', 'new/model', 'new/other']);
    state.apply(limit('late/model'), T);
    state.apply(limit('groq/llama', { running: 2 }), T);
    expect(ids()).toEqual(['groq/llama', 'new/model', 'new/other', 'late/model']);
  });
});

test.each([
  ['ok', false],
  ['client_closed', false],
  ['all_providers_exhausted', true],
])('a request with the code %s has failed: %s', (code, failed) => {
  expect(hasFailed({ code })).toBe(failed);
});

test.each([
  ['another entry has failed before', [step('a/m', 'silent'), step('b/m', 'answered')], true],
  ['another entry was skipped', [step('a/m', 'skipped', { reason: 'cooling_down' }), step('b/m', 'answered')], false],
  [
    'the same entry has failed before, under another key',
    [step('a/m#1', 'throttled'), step('a/m#2', 'answered')],
    false,
  ],
  ['another entry was slower', [step('a/m', 'cancelled', { reason: 'hedge_lost' }), step('b/m', 'answered')], false],
  ['an attempt beside it has failed', [step('a/m', 'throttled', { hedge: true }), step('b/m', 'answered')], false],
  ['no entry has answered', [step('a/m', 'silent'), step('b/m', 'silent')], false],
  ['another entry has failed after it', [step('b/m', 'answered'), step('a/m', 'silent')], false],
])('failed over: %s', (_, trail, spilled) => {
  expect(hasSpilled({ trail })).toBe(spilled);
});
