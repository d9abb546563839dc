import type { WatchedAttemptFinished, WatchedEvent } from 'spillway/client';
import { expect, test } from 'vitest';
import { NOTHING_LIVE, type LiveRequest } from '../../../../../dashboard/live/live-snapshot.ts';
import { LiveState } from '../../../../../dashboard/live/live-state.ts';
import { livePicture } from '../../../../../dashboard/pages/requests/waterfall/live-picture.ts';

const OF = { request_id: 'req_1', client_request_id: null, chain: 'default', tenant: null };
const FACTS = {
  ...OF,
  accepted_at: 500_000,
  door: 'rest',
  operation: 'chat.completions.stream',
  stream: true,
  requested_model: 'default',
  principal: 'web',
  key_id: 'k_1',
} as const;
const STEP = { key: null, reason: null, hedge: false, usage: null, cost_usd: null, connected_ms: null } as const;
const FAILED = {
  provider: 'groq',
  model: 'a',
  outcome: 'throttled',
  status: 429,
  started_ms: 2,
  duration_ms: 198,
  ...STEP,
} as const;
const ANSWERED = {
  provider: 'openai',
  model: 'b',
  outcome: 'answered',
  status: null,
  started_ms: 200,
  duration_ms: 300,
  ...STEP,
} as const;

/** The browser's clock is not the gateway's: the page saw the request at 1000. */
const EVENTS: readonly (readonly [number, WatchedEvent])[] = [
  [1000, { kind: 'request_started', ...FACTS }],
  [1002, { kind: 'attempt_started', ...OF, n: 1, provider: 'groq', model: 'a', key: null, hedge: false }],
  [1200, { kind: 'attempt_finished', ...OF, n: 1, ...FAILED } satisfies WatchedAttemptFinished],
  [1201, { kind: 'attempt_started', ...OF, n: 2, provider: 'openai', model: 'b', key: null, hedge: false }],
  [1500, { kind: 'attempt_finished', ...OF, n: 2, ...ANSWERED } satisfies WatchedAttemptFinished],
  [1500, { kind: 'committed', ...OF, n: 2, provider: 'openai', model: 'b', after_ms: 500 }],
];

function requestAfter(events: readonly (readonly [number, WatchedEvent])[]): LiveRequest {
  const state = new LiveState();
  for (const [at, event] of events) state.apply(event, at);
  const { running, ended } = state.snapshot('live', NOTHING_LIVE);
  const [request] = [...running, ...ended];
  if (request === undefined) throw new Error('no request');
  return request;
}

test('an attempt in progress grows up to now', () => {
  const { steps, total, end, committed } = livePicture(requestAfter(EVENTS.slice(0, 4)), 1400);
  expect(steps.map(({ fate, from, to }) => [fate, from, to])).toEqual([
    ['failed', 2, 200],
    ['running', 201, 400],
  ]);
  expect([total, end, committed]).toEqual([400, null, null]);
});

test('a stream that has answered grows up to now', () => {
  const { steps, committed } = livePicture(requestAfter(EVENTS), 3000);
  expect(steps.at(-1)).toMatchObject({ fate: 'answered', from: 200, to: 2000 });
  expect(committed).toBe(500);
});

test('a request that waits in the queue has waited up to now', () => {
  const queued: WatchedEvent = { kind: 'request_queued', ...OF, position: 2, eta_ms: null };
  expect(livePicture(requestAfter([...EVENTS.slice(0, 1), [1001, queued]]), 1800).queued).toBe(800);
});

test('once it has ended its trail is the picture, with the skipped entries', () => {
  const skipped = {
    ...FAILED,
    outcome: 'skipped',
    reason: 'breaker_open',
    status: null,
    started_ms: null,
    duration_ms: null,
  } as const;
  const finished: WatchedEvent = {
    kind: 'request_finished',
    ...FACTS,
    provider: 'openai',
    model: 'b',
    status: 200,
    code: 'ok',
    attempts: 2,
    trail: [FAILED, { ...skipped, model: 'c' }, { ...ANSWERED, hedge: true }],
    usage: null,
    cost_usd: null,
    committed_ms: 500,
    total_ms: 2500,
  };
  const { steps, total, end } = livePicture(requestAfter([...EVENTS, [3500, finished]]), 99_999);
  expect(steps.map(({ fate, hedge }) => [fate, hedge])).toEqual([
    ['failed', false],
    ['skipped', false],
    ['answered', true],
  ]);
  expect([total, end]).toEqual([2500, { code: 'ok', status: 200 }]);
});
