import type { RequestList, WatchedRequestFinished } from 'spillway/client';
import { expect, test } from 'vitest';
import type { LiveRequest } from '../../../../dashboard/live/live-snapshot.ts';
import { firstRows, liveRow } from '../../../../dashboard/pages/requests/list-rows.ts';
import { matchesEnded, matchesRunning } from '../../../../dashboard/pages/requests/live-match.ts';
import type { RequestsSearch } from '../../../../dashboard/pages/requests/search.ts';
import { makeRecord } from './record.ts';

const FACTS = {
  client_request_id: null,
  chain: 'default',
  tenant: 'acme',
  accepted_at: 1000,
  door: 'rest',
  operation: 'chat.completions.stream',
  stream: true,
  requested_model: null,
  principal: 'web',
  key_id: 'k_1',
} as const;

function makeRunning(id: string, members: Partial<LiveRequest> = {}): LiveRequest {
  const started = { kind: 'request_started', request_id: id, ...FACTS } as const;
  return {
    id,
    chain: 'default',
    started,
    seenAt: 0,
    position: null,
    attempts: [],
    committed: null,
    finished: null,
    endedAt: null,
    ...members,
  };
}

function makeEnded(id: string, members: Partial<WatchedRequestFinished> = {}): LiveRequest {
  const finished = {
    kind: 'request_finished',
    request_id: id,
    ...FACTS,
    provider: 'openai',
    model: 'gpt-4.1-mini',
    status: 200,
    code: 'ok',
    attempts: 2,
    trail: [
      {
        provider: 'groq',
        model: 'a',
        key: null,
        outcome: 'throttled',
        reason: null,
        hedge: false,
        status: 429,
        started_ms: 0,
        connected_ms: null,
        duration_ms: 9,
        usage: null,
        cost_usd: null,
      },
    ],
    usage: null,
    cost_usd: 0.002,
    committed_ms: 300,
    total_ms: 1500,
    ...members,
  } as const;
  return makeRunning(id, { finished });
}

const RUNNING: readonly (readonly [RequestsSearch, boolean])[] = [
  [{}, true],
  [{ chain: 'default', key: 'k_1', tenant: 'acme', stream: true, operation: 'chat.completions.stream' }, true],
  [{ chain: 'fast' }, false],
  [{ key: 'k_2' }, false],
  [{ stream: false }, false],
  [{ provider: 'openai' }, false],
  [{ code: 'ok' }, false],
  [{ user: 'ann' }, false],
  [{ from: '1970-01-01T00:00:00Z' }, true],
  [{ from: '1970-01-01T00:00:02Z' }, false],
];

test.each(RUNNING)('a request in progress with the filters %j: %s', (search, matches) => {
  expect(matchesRunning(search, makeRunning('req_1'))).toBe(matches);
});

const ENDED: readonly (readonly [RequestsSearch, boolean])[] = [
  [{ provider: 'openai', model: 'gpt-4.1-mini', code: 'ok', failed: false, status: '2xx', outcome: 'throttled' }, true],
  [{ attempts_min: 2, ms_min: 1500, cost_min: 0.002 }, true],
  [{ attempts_min: 3 }, false],
  [{ ms_min: 1501 }, false],
  [{ cost_min: 0.003 }, false],
  [{ failed: true }, false],
  [{ status: '5xx' }, false],
  [{ outcome: 'silent' }, false],
  [{ provider: 'groq' }, false],
  [{ tag: 'a' }, false],
  [{ from: '1970-01-01T00:00:02Z' }, true],
  [{ from: '1970-01-01T00:00:03Z' }, false],
];

test.each(ENDED)('a request that has ended with the filters %j: %s', (search, matches) => {
  expect(matchesEnded(search, makeEnded('req_1'))).toBe(matches);
});

test('an unknown cost reaches no least cost', () => {
  expect(matchesEnded({ cost_min: 0 }, makeEnded('req_1', { cost_usd: null }))).toBe(false);
});

function page(members: Partial<RequestList> = {}): RequestList {
  return { object: 'list', data: [], has_more: false, next: null, searched_to: null, ...members };
}

test('what runs is above what has ended, and what has ended is in the order of its ends', () => {
  const data = [
    makeRecord({ request_id: 'req_2', ended_at: 2000 }),
    makeRecord({ request_id: 'req_1', ended_at: 900 }),
  ];
  const live = { running: [makeRunning('req_9')], ended: [makeEnded('req_3', { total_ms: 500 })] };
  expect(firstRows({ search: {}, page: page({ data }), live }).map(({ id }) => id)).toEqual([
    'req_9',
    'req_2',
    'req_3',
    'req_1',
  ]);
});

test('a request whose row is there is shown once, by its row', () => {
  const data = [makeRecord({ request_id: 'req_1', ended_at: 2500, cost_usd: 0.5 })];
  const rows = firstRows({
    search: {},
    page: page({ data }),
    live: { running: [makeRunning('req_1')], ended: [makeEnded('req_1')] },
  });
  expect(rows.map(({ id, costUsd }) => [id, costUsd])).toEqual([['req_1', 0.5]]);
});

test('what has ended before the last row of a full page is on another page', () => {
  const data = [makeRecord({ request_id: 'req_2', ended_at: 9000 })];
  const live = { running: [], ended: [makeEnded('req_1')] };
  expect(firstRows({ search: {}, page: page({ data, has_more: true }), live }).map(({ id }) => id)).toEqual(['req_2']);
  expect(firstRows({ search: {}, page: page({ data }), live }).map(({ id }) => id)).toEqual(['req_2', 'req_1']);
});

test('a request in progress writes its state where its numbers will be', () => {
  expect(liveRow(makeRunning('req_1')).state).toBe('waiting');
  expect(liveRow(makeRunning('req_1', { position: 3 })).state).toBe('queued');
  const committed = {
    kind: 'committed',
    request_id: 'req_1',
    ...FACTS,
    n: 1,
    provider: 'openai',
    model: 'b',
    after_ms: 70,
  } as const;
  expect(liveRow(makeRunning('req_1', { committed }))).toMatchObject({
    state: 'streaming',
    committedMs: 70,
    totalMs: null,
  });
});
