import type { RequestRecord, RequestStep, WatchedRequestFinished, WatchedStep } from 'spillway/client';
import { expect, test } from 'vitest';
import {
  type LatestRow,
  latestRows,
  rowOfLive,
  rowOfRecord,
} from '../../../../dashboard/pages/overview/latest-rows.ts';
import type { LiveAttempt, LiveRequest } from '../../../../dashboard/live/live-snapshot.ts';

const FACTS = {
  client_request_id: null,
  chain: 'default',
  tenant: null,
  accepted_at: 1000,
  door: 'rest',
  operation: 'chat.completions.stream',
  stream: true,
  requested_model: 'default',
  principal: 'web-chat',
  key_id: 'key_1',
} as const;

function step(outcome: WatchedStep['outcome'], values: Partial<RequestStep> = {}): RequestStep {
  return {
    provider: 'groq',
    model: 'llama',
    key: null,
    outcome,
    reason: null,
    hedge: false,
    status: null,
    started_ms: 0,
    connected_ms: null,
    first_token_ms: null,
    duration_ms: 5,
    input_tokens: null,
    output_tokens: null,
    cost_usd: null,
    ...values,
  };
}

function finished(id: string, values: Partial<WatchedRequestFinished> = {}): WatchedRequestFinished {
  return {
    ...FACTS,
    kind: 'request_finished',
    request_id: id,
    provider: 'openai',
    model: 'gpt',
    status: 200,
    code: 'ok',
    attempts: 1,
    trail: [],
    usage: null,
    cost_usd: 0.002,
    committed_ms: 40,
    total_ms: 100,
    ...values,
  };
}

function live(id: string, values: Partial<LiveRequest> = {}): LiveRequest {
  const base = {
    chain: 'default',
    started: null,
    seenAt: 900,
    position: null,
    attempts: [],
    committed: null,
    finished: null,
    endedAt: null,
  };
  return { id, ...base, ...values };
}

/** The state of a request as events have made it, whatever else the page keeps of it. */
function attempt(n: number, values: Partial<LiveAttempt> = {}): LiveAttempt {
  return {
    n,
    provider: 'groq',
    model: 'llama',
    key: 2,
    hedge: false,
    startedAt: 0,
    finished: null,
    finishedAt: null,
    ...values,
  };
}

function record(id: string, endedAt: number, values: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...FACTS,
    object: 'request',
    id: `r_${id}`,
    request_id: id,
    ended_at: endedAt,
    key: 'key_1',
    user: null,
    tags: [],
    provider: 'openai',
    model: 'gpt',
    status: 200,
    code: 'ok',
    attempts: 1,
    queued_ms: 0,
    committed_ms: 40,
    overhead_ms: null,
    total_ms: 100,
    usage: null,
    cost_usd: 0.002,
    cost_source: 'table',
    cost_approximate: false,
    input_bytes: null,
    output_bytes: null,
    remote: null,
    trace_id: null,
    trail: [step('throttled'), step('answered', { provider: 'openai', model: 'gpt', key: 3 })],
    trail_omitted: 0,
    ...values,
  };
}

test('a request that runs shows its attempts, and what it waits for', () => {
  const started = { ...FACTS, kind: 'request_started', request_id: 'a' } as const;
  expect(rowOfLive(live('a', { started, position: 2 }))).toMatchObject({ running: 'queued', steps: [], entry: null });
  const failed = attempt(1, {
    finished: {
      ...step('throttled'),
      usage: null,
      kind: 'attempt_finished',
      n: 1,
      request_id: 'a',
      client_request_id: null,
      chain: 'default',
      tenant: null,
    },
  });
  const second = attempt(2, { provider: 'openai', model: 'gpt', key: null });
  const waiting = live('a', { started, attempts: [failed, second] });
  expect(rowOfLive(waiting)).toMatchObject({
    id: 'a',
    at: 1000,
    key: 'web-chat',
    steps: [{ outcome: 'throttled' }, { outcome: null }],
    entry: { provider: 'openai', model: 'gpt', key: null },
    running: 'waiting',
    firstToken: null,
  });
});

test('an answer that is being sent is one step that still runs, with its first token', () => {
  const started = { ...FACTS, kind: 'request_started', request_id: 'a' } as const;
  const of = { request_id: 'a', client_request_id: null, chain: 'default', tenant: null };
  const committed = { ...of, kind: 'committed', n: 1, provider: 'groq', model: 'llama', after_ms: 40 } as const;
  const answered = { ...of, ...step('answered'), usage: null, kind: 'attempt_finished', n: 1 } as const;
  const request = live('a', { started, committed, attempts: [attempt(1, { finished: answered }), attempt(2)] });
  expect(rowOfLive(request)).toMatchObject({
    steps: [{ outcome: null }, { outcome: null }],
    entry: { provider: 'groq', key: 2 },
    running: 'streaming',
    firstToken: 40,
  });
  // What no stream was requested for has no first token.
  expect(rowOfLive({ ...request, started: { ...started, stream: false } }).firstToken).toBeNull();
});

function row(values: Partial<WatchedRequestFinished>): LatestRow {
  return rowOfLive(live('a', { finished: finished('a', values) }));
}

test('a request that has ended shows its answer, or why there is none', () => {
  expect(row({})).toMatchObject({
    entry: { provider: 'openai' },
    failure: null,
    cost: 0.002,
    firstToken: 40,
    endedAt: 1100,
  });
  expect(row({ provider: null, model: null, status: 503, code: 'all_providers_exhausted' })).toMatchObject({
    entry: null,
    failure: '503 all_providers_exhausted',
    isClosed: false,
  });
  expect(row({ provider: null, model: null, status: 499, code: 'client_closed' })).toMatchObject({
    failure: null,
    isClosed: true,
  });
});

test('a row of the log is the same, with the name of its key', () => {
  expect(rowOfRecord(record('a', 1100), (id) => `name of ${id}`)).toEqual({
    id: 'a',
    at: 1000,
    endedAt: 1100,
    steps: record('a', 1100).trail,
    entry: { provider: 'openai', model: 'gpt', key: 3 },
    failure: null,
    isClosed: false,
    key: 'name of key_1',
    firstToken: 40,
    cost: 0.002,
    running: null,
  });
});

test('those in progress come first, then those that ended last, each once', () => {
  const running = [live('run')];
  const ended = [live('new', { finished: finished('new', { accepted_at: 3000 }) })];
  const records = [record('newest', 9000), record('new', 3100), record('run', 2500), record('old', 2000)];
  expect(latestRows({ running, ended, records }, String).map(({ id }) => id)).toEqual(['run', 'newest', 'new', 'old']);
});

test('there are at most ten rows, and at most five of requests in progress', () => {
  const running = Array.from({ length: 30 }, (_, at) => live(`run${at}`));
  const ended = Array.from({ length: 30 }, (_, at) => live(`end${at}`, { finished: finished(`end${at}`) }));
  const rows = latestRows({ running, ended, records: [] }, String);
  expect(rows).toHaveLength(10);
  expect(rows.filter(({ running: state }) => state !== null)).toHaveLength(5);
});
