import type { RequestRecord } from 'spillway/client';
import { describe, expect, test } from 'vitest';
import { NOTHING_LIVE } from '../../../../dashboard/live/live-snapshot.ts';
import { LiveState } from '../../../../dashboard/live/live-state.ts';
import {
  type ChainOrder,
  type Failover,
  failoverOfLive,
  failoverOfRecord,
  failoverWords,
  mergeFailovers,
  whyWords,
} from '../../../../dashboard/pages/chains/failovers.ts';
import { liveFailures } from '../../../../dashboard/pages/chains/live-failures.ts';
import { attempted, attempting, endedRequest, started, step } from '../../watched-events.ts';

const THROTTLED = step('groq/llama', 'throttled', { status: 429 });
const SKIPPED = step('local/qwen', 'skipped', { reason: 'breaker_open', started_ms: null });
const ANSWERED = step('openai/gpt', 'answered', { started_ms: 219 });

const ORDER: ChainOrder = new Map([['default', ['groq/llama', 'local/qwen', 'openai/gpt']]]);

function failover(...args: Parameters<typeof endedRequest>): Failover {
  const found = failoverOfLive(endedRequest(...args), ORDER);
  if (found === undefined) throw new Error('It is no failover.');
  return found;
}

function made(id: string, acceptedAt: number): Failover {
  return failover(id, [THROTTLED, ANSWERED], { accepted_at: acceptedAt });
}

describe('a failover', () => {
  test('is a request that another entry than its first choice has answered', () => {
    expect(failover('r1', [THROTTLED, SKIPPED, ANSWERED])).toMatchObject({
      requestId: 'r1',
      chain: 'default',
      at: 1500,
      answered: { provider: 'openai', model: 'gpt' },
      lostMs: 219,
    });
    expect(failoverOfLive(endedRequest('r1', [SKIPPED, ANSWERED]), ORDER)).toBeDefined();
  });

  test('is one that no entry has answered, all of whose time is lost', () => {
    expect(failover('r1', [THROTTLED], { total_ms: 812 })).toMatchObject({ answered: null, lostMs: 812 });
  });

  test.each([
    ['its first choice has answered', [ANSWERED], {}],
    ['another entry has failed only after the answer', [ANSWERED, THROTTLED], {}],
    [
      'the slower one of two attempts was cancelled',
      [step('groq/llama', 'cancelled', { reason: 'hedge_lost' }), ANSWERED],
      {},
    ],
    [
      'an attempt beside it has failed',
      [step('openai/gpt', 'throttled', { hedge: true }), step('groq/llama', 'answered')],
      {},
    ],
    ['the client disconnected', [THROTTLED, step('openai/gpt', 'cancelled')], { code: 'client_closed' }],
    ['a later entry was skipped before', [SKIPPED, step('groq/llama', 'answered')], {}],
    [
      'another key of the entry was skipped',
      [step('openai/gpt#1', 'skipped', { reason: 'limited' }), step('openai/gpt#2', 'answered')],
      {},
    ],
    ['nothing was tried', [], {}],
  ])('is none where %s', (_, trail, facts) => {
    expect(failoverOfLive(endedRequest('r1', trail, facts), ORDER)).toBeUndefined();
  });

  test('is one where it is unknown which of the entries comes first', () => {
    expect(failoverOfLive(endedRequest('r1', [SKIPPED, ANSWERED], { chain: 'gone' }), ORDER)).toBeDefined();
    expect(failoverOfLive(endedRequest('r1', [SKIPPED, step('new/model', 'answered')]), ORDER)).toBeDefined();
  });

  test('is none while the request runs', () => {
    const state = new LiveState();
    state.apply(started('r1'), 0);
    expect(state.snapshot('live', NOTHING_LIVE).running.map((request) => failoverOfLive(request, ORDER))).toEqual([
      undefined,
    ]);
  });

  test('of the log is the same as live', () => {
    const {
      request_id: requestId,
      trail,
      code,
      total_ms: totalMs,
      accepted_at: acceptedAt,
    } = endedRequest('r1', [THROTTLED, ANSWERED]).finished ?? raise();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the members that count
    const record = {
      request_id: requestId,
      chain: 'default',
      trail,
      code,
      total_ms: totalMs,
      ended_at: acceptedAt + totalMs,
    } as unknown as RequestRecord;
    expect(failoverOfRecord(record, ORDER)).toEqual(failover('r1', [THROTTLED, ANSWERED]));
    expect(failoverOfRecord({ ...record, chain: null, trail: [] }, ORDER)).toBeUndefined();
  });
});

test('of both lists each request counts once, the newest first', () => {
  const live = [made('c', 300), made('b', 200)];
  const merged = mergeFailovers(live, [made('b', 200), made('a', 100), made('z', 50)], 3);
  expect(merged.map(({ requestId }) => requestId)).toEqual(['c', 'b', 'a']);
  expect(merged[1]).toBe(live[1]);
});

test('the words say each reason once, and who has answered after which time', () => {
  expect(whyWords(failover('r1', [THROTTLED, THROTTLED, SKIPPED, ANSWERED]))).toBe('429 rate limited, breaker open');
  expect(whyWords(failover('r1', [SKIPPED, THROTTLED, { ...ANSWERED, provider: 'groq', model: 'llama' }]))).toBe(
    '429 rate limited',
  );
  expect(whyWords(failover('r1', [THROTTLED, ANSWERED, step('x/y', 'cancelled', { reason: 'hedge_lost' })]))).toBe(
    '429 rate limited',
  );
  expect(failoverWords(failover('r1', [THROTTLED, ANSWERED]))).toBe(
    'default: 429 rate limited; answered by openai/gpt after 219 ms.',
  );
  expect(failoverWords(failover('r1', [step('groq/llama', 'unreachable')]))).toBe(
    'default: no entry has answered: not reachable.',
  );
  expect(failoverWords(failover('r1', [THROTTLED, { ...ANSWERED, started_ms: null }]))).toBe(
    'default: 429 rate limited; answered by openai/gpt.',
  );
});

test('the newest failure of each entry is kept, also of requests in progress', () => {
  const state = new LiveState();
  const fail = (id: string, entry: string, at: number, status: number): void => {
    state.apply(attempting(id, 1, entry), at);
    state.apply(attempted(id, 1, step(entry, 'overloaded', { status })), at);
  };
  fail('r1', 'groq/llama', 10, 500);
  fail('r2', 'groq/llama', 30, 503);
  fail('r3', 'groq/llama', 20, 502);
  state.apply(attempting('r4', 1, 'local/qwen'), 40);
  state.apply(attempting('r5', 1, 'openai/gpt'), 40);
  state.apply(attempted('r5', 1, step('openai/gpt', 'cancelled')), 41);
  const found = liveFailures(state.snapshot('live', NOTHING_LIVE).running);
  expect([...found.keys()]).toEqual(['groq/llama']);
  expect(found.get('groq/llama')).toMatchObject({ at: 30, status: 503 });
});

function raise(): never {
  throw new Error('It has not ended.');
}
