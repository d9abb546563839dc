import { connect } from 'node:net';
import { expect, test } from 'vitest';
import {
  chatCompletion,
  chatStream,
  chunk,
  embeddings,
  openaiError,
  type Reply,
  sse,
} from '../../../src/testing/index.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { post, type Rig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';
import { turns } from '../../faults/wire.ts';
import { spanOf, startTraced, treeOf } from '../../helpers/traced.ts';

const CHAT = '/v1/chat/completions';
const OK = chatCompletion({ content: 'fine', model: 'made-by-a' });
const KEYED = { auth: { keys: [{ name: 'ci', key: 'sk-0123456789abcdef0123' }] } } as const;
const AUTHORIZED = { authorization: 'Bearer sk-0123456789abcdef0123' } as const;

const send = (rig: Rig, input: object = HELLO, init: RequestInit = {}): Promise<Response> =>
  post(fetch, rig.url + CHAT, input, init);

test('an answer is a server span, its chain and one attempt', async () => {
  await using traced = await startTraced([OK], { providers: { a: { preset: 'groq' } } });
  const { rig } = traced;
  const answer = await send(rig, { ...HELLO, max_tokens: 50 });
  const requestId = answer.headers.get('x-spillway-request-id');
  await answer.text();
  const event = await rig.ended();
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([`SERVER POST ${CHAT}`, '  INTERNAL chain default', '    CLIENT chat model-a']);
  const server = spanOf(spans, `POST ${CHAT}`);
  expect(server.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': CHAT,
    'http.response.status_code': 200,
    'url.path': CHAT,
    'client.address': '127.0.0.1',
    'user_agent.original': 'node',
    'spillway.request_id': requestId,
    'spillway.code': 'ok',
  });
  expect(server.resource).toMatchObject({ 'service.name': 'spillway', 'service.version': expect.any(String) });
  const chain = spanOf(spans, 'chain default');
  expect([chain.attributes, chain.events]).toEqual([
    { 'spillway.chain': 'default', 'spillway.attempts': 1, 'spillway.commit': 'first-token', 'spillway.queued_ms': 0 },
    [{ name: 'committed', attributes: { 'spillway.provider': 'a', 'spillway.model': 'model-a' } }],
  ]);
  const attempt = spanOf(spans, 'chat model-a');
  expect(attempt.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'groq',
    'gen_ai.request.model': 'model-a',
    'gen_ai.request.max_tokens': 50,
    'gen_ai.response.model': 'made-by-a',
    'gen_ai.response.id': 'chatcmpl-scripted',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 9,
    'gen_ai.usage.output_tokens': 12,
    'server.address': '127.0.0.1',
    'server.port': rig.upstreams[0]?.port,
    'spillway.attempt': 1,
    'spillway.outcome': 'answered',
  });
  expect(event.traceId).toBe(server.traceId);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
});

test('spans have the times of the request, its chain within it, and attempts within that', async () => {
  await using traced = await startTraced([
    { ...openaiError(500, 'no'), delay: 20 },
    { ...OK, delay: 20 },
  ]);
  await (await send(traced.rig)).text();
  const { acceptedAt, totalMs, trail } = await traced.rig.ended();
  const spans = await traced.spans();
  const [server, chain] = [spanOf(spans, `POST ${CHAT}`), spanOf(spans, 'chain default')];
  const [first, second] = [spanOf(spans, 'chat model-a'), spanOf(spans, 'chat model-b')];
  expect(server.startedAt).toBeCloseTo(acceptedAt, 1);
  expect(server.endedAt).toBeCloseTo(acceptedAt + totalMs, 1);
  expect(first.endedAt - first.startedAt).toBeCloseTo(trail[0]?.durationMs ?? 0, 0);
  const times = [server.startedAt, chain.startedAt, first.startedAt, first.endedAt, second.startedAt, second.endedAt];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(second.endedAt).toBeLessThanOrEqual(server.endedAt);
});

test('a failover is an attempt that is an error, an answer, and a server span without one', async () => {
  await using traced = await startTraced([openaiError(429, 'slow down'), OK]);
  for (let n = 0; n < 2; n++) await (await send(traced.rig)).text();
  await traced.rig.ended(1);
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([
    `SERVER POST ${CHAT}`,
    '  INTERNAL chain default',
    '    CLIENT chat model-a ERROR',
    '    CLIENT chat model-b',
    `SERVER POST ${CHAT}`,
    '  INTERNAL chain default',
    '    CLIENT chat model-b',
  ]);
  const failed = spanOf(spans, 'chat model-a');
  expect(failed.attributes).toMatchObject({
    'error.type': 'throttled',
    'spillway.outcome': 'throttled',
    'http.response.status_code': 429,
    'gen_ai.provider.name': 'a',
  });
  expect(failed.statusMessage ?? '').toBe('');
  // The second request skips the entry that cools down.
  const skipping = spans
    .filter(({ name }) => name === 'chain default')
    .map(({ events }) => events.map(({ name }) => name));
  expect(skipping).toEqual([['committed'], ['entry_skipped', 'committed']]);
  expect(spans.flatMap(({ events }) => events).find(({ name }) => name === 'entry_skipped')?.attributes).toEqual({
    'spillway.provider': 'a',
    'spillway.model': 'model-a',
    'spillway.reason': 'cooling_down',
  });
});

test('a stream’s attempt lasts until its end, and has the time to its first chunk, its usage and why it ended', async () => {
  await using traced = await startTraced([chatStream({ content: 'one two', delay: 20, usage: true, model: 'big' })]);
  await (await send(traced.rig, { ...HELLO, stream: true, max_completion_tokens: 7 })).text();
  const { acceptedAt, totalMs, committedMs = 0 } = await traced.rig.ended();
  const spans = await traced.spans();
  const attempt = spanOf(spans, 'chat model-a');
  expect(attempt.attributes).toMatchObject({
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': 7,
    'gen_ai.response.id': 'chatcmpl-scripted',
    'gen_ai.response.model': 'big',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.output_tokens': 12,
  });
  const firstChunk = Number(attempt.attributes['gen_ai.response.time_to_first_chunk']);
  expect(firstChunk).toBeGreaterThan(0);
  expect(firstChunk).toBeLessThanOrEqual(committedMs / 1000);
  expect(attempt.endedAt).toBeCloseTo(acceptedAt + totalMs, 1);
  expect(treeOf(spans)).toHaveLength(3);
});

test.each<[string, object, Record<string, unknown>]>([
  [
    '/v1/messages',
    { model: 'default', max_tokens: 9, messages: HELLO.messages },
    { 'gen_ai.request.max_tokens': 9, 'gen_ai.response.finish_reasons': ['end_turn'] },
  ],
  [
    '/v1/responses',
    { model: 'default', input: 'Hello', store: false },
    { 'gen_ai.response.finish_reasons': ['completed'] },
  ],
])('%s has the answer’s facts, as JSON and as a stream', async (path, input, attributes) => {
  await using traced = await startTraced([
    ({ body }) =>
      body.includes('"stream":true')
        ? chatStream({ content: 'x', model: 'big' })
        : chatCompletion({ content: 'x', model: 'big' }),
  ]);
  for (const stream of [false, true]) await (await post(fetch, traced.rig.url + path, { ...input, stream })).text();
  await traced.rig.ended(1);
  const attempts = (await traced.spans()).filter(({ kind }) => kind === 'CLIENT');
  for (const attempt of attempts)
    expect(attempt).toMatchObject({
      name: 'chat model-a',
      attributes: { ...attributes, 'gen_ai.response.model': 'big' },
    });
  expect(attempts.map((attempt) => attempt.attributes['gen_ai.request.stream'])).toEqual([undefined, true]);
});

test('a client that disconnects is no error, neither before a reply nor within a stream', async () => {
  const begun: Reply = {
    headers: { 'content-type': 'text/event-stream' },
    chunks: [chunk({ delta: { content: 'x' } })],
    end: 'hang',
  };
  await using traced = await startTraced([[{ head: false, end: 'hang' }, begun]]);
  const { rig } = traced;
  const abort = new AbortController();
  const early = send(rig, HELLO, { signal: abort.signal });
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  abort.abort();
  await expect(early).rejects.toThrow();
  await rig.ended();
  const reader = (await send(rig, { ...HELLO, stream: true })).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await rig.ended(1);
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([
    `SERVER POST ${CHAT}`,
    '  INTERNAL chain default',
    '    CLIENT chat model-a',
    `SERVER POST ${CHAT}`,
    '  INTERNAL chain default',
    '    CLIENT chat model-a',
  ]);
  const outcomes = spans
    .filter(({ kind }) => kind === 'CLIENT')
    .map(({ attributes }) => attributes['spillway.outcome']);
  expect(outcomes).toEqual(['cancelled', 'answered']);
  expect(spans.filter(({ kind }) => kind === 'SERVER').map(({ attributes }) => attributes['spillway.code'])).toEqual([
    'client_closed',
    'client_closed',
  ]);
});

test('a stream that breaks off after its commit is an error of its attempt only', async () => {
  const cut: Reply = {
    headers: { 'content-type': 'text/event-stream' },
    chunks: [chunk({ delta: { content: 'x' } })],
    end: 'fin',
  };
  await using traced = await startTraced([cut]);
  await (await send(traced.rig, { ...HELLO, stream: true })).text();
  await traced.rig.ended();
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([`SERVER POST ${CHAT}`, '  INTERNAL chain default', '    CLIENT chat model-a ERROR']);
  expect(spanOf(spans, 'chat model-a').attributes).toMatchObject({
    'error.type': 'upstream_truncated',
    'spillway.outcome': 'answered',
  });
  expect(spanOf(spans, `POST ${CHAT}`).attributes).toMatchObject({
    'http.response.status_code': 200,
    'spillway.code': 'upstream_truncated',
  });
});

test('a request that nothing answers is an error, by its code', async () => {
  await using traced = await startTraced([openaiError(500, 'no')]);
  await (await send(traced.rig)).text();
  await traced.rig.ended();
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([
    `SERVER POST ${CHAT} ERROR`,
    '  INTERNAL chain default',
    '    CLIENT chat model-a ERROR',
  ]);
  expect(spanOf(spans, `POST ${CHAT}`).attributes).toMatchObject({
    'http.response.status_code': 503,
    'error.type': 'all_providers_exhausted',
  });
});

test('a request that its budget refuses has a chain without an attempt, and is no error', async () => {
  const budgets = [{ amount: 0.000_001, period: 'day' }] as const;
  await using traced = await startTraced([OK], {
    config: { auth: { keys: [{ ...KEYED.auth.keys[0], budgets: [...budgets] }] } },
    provider: { models: { 'model-a': { price: { input: 100, output: 100 } } } },
  });
  const answer = await send(traced.rig, HELLO, { headers: AUTHORIZED });
  expect(answer.status).toBe(402);
  await answer.text();
  await traced.rig.ended();
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([`SERVER POST ${CHAT}`, '  INTERNAL chain default']);
  expect(spanOf(spans, `POST ${CHAT}`).attributes).toMatchObject({
    'http.response.status_code': 402,
    'spillway.code': 'budget_exceeded',
  });
});

test('a cost is on its attempt', async () => {
  await using traced = await startTraced([OK], {
    provider: { models: { 'model-a': { price: { input: 1, output: 2 } } } },
  });
  await (await send(traced.rig)).text();
  await traced.rig.ended();
  expect(spanOf(await traced.spans(), 'chat model-a').attributes['spillway.cost_usd']).toBe(0.000_033);
});

test('a retry of an overloaded entry is an attempt of its own', async () => {
  await using traced = await startTraced([[openaiError(503, 'busy'), OK]], {
    chain: { retry: { overloaded: 1, backoff: '1ms' } },
  });
  await (await send(traced.rig)).text();
  await traced.rig.ended();
  const spans = await traced.spans();
  expect(treeOf(spans).slice(2)).toEqual(['    CLIENT chat model-a ERROR', '    CLIENT chat model-a']);
  const attempts = spans
    .filter(({ kind }) => kind === 'CLIENT')
    .map(({ attributes }) => [attributes['spillway.attempt'], attributes['error.type']]);
  expect(attempts).toEqual([
    [1, 'overloaded'],
    [2, undefined],
  ]);
});

test('a hedge is a second attempt beside the first, which is cancelled and no error', async () => {
  const clock = fakeClock(1_800_000_000_000);
  await using traced = await startTraced([{ head: false, end: 'hang' }, chatStream({ content: 'ok' })], {
    clock,
    chain: { hedge: { after: '150ms' } },
  });
  const { rig } = traced;
  const answer = send(rig, { ...HELLO, stream: true });
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  clock.advance(150);
  await (await answer).text();
  await rig.ended();
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([
    `SERVER POST ${CHAT}`,
    '  INTERNAL chain default',
    '    CLIENT chat model-a',
    '    CLIENT chat model-b',
  ]);
  const [lost, won] = [spanOf(spans, 'chat model-a'), spanOf(spans, 'chat model-b')];
  expect(lost.attributes).toMatchObject({ 'spillway.outcome': 'cancelled', 'spillway.reason': 'hedge_lost' });
  expect(won.attributes).toMatchObject({ 'spillway.outcome': 'answered', 'spillway.hedge': true });
  expect(won.startedAt - lost.startedAt).toBeCloseTo(150, 2);
});

test('embeddings are an attempt without a finish reason', async () => {
  await using traced = await startTraced([(request) => embeddings(request)]);
  await (await post(fetch, `${traced.rig.url}/v1/embeddings`, { model: 'default', input: 'x' })).text();
  await traced.rig.ended();
  const { attributes } = spanOf(await traced.spans(), 'embeddings model-a');
  expect(attributes).toMatchObject({
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.usage.input_tokens': 4,
    'gen_ai.response.model': 'scripted',
  });
  expect(attributes).not.toHaveProperty('gen_ai.response.finish_reasons');
});

test('time in the queue is on the chain', async () => {
  const clock = fakeClock(1_800_000_000_000);
  const limited = openaiError(429, 'slow down', { headers: { 'retry-after': '20' } });
  const chain = { queue: { maxWait: '30s', maxSize: 5 } };
  await using traced = await startTraced([[limited, OK]], { clock, chain });
  const answer = send(traced.rig);
  await traced.rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
  await turns(100);
  clock.advance(20_001);
  await (await answer).text();
  await traced.rig.ended();
  expect(spanOf(await traced.spans(), 'chain default').attributes['spillway.queued_ms']).toBe(20_001);
});

test('a request that no route takes has no route, and nothing of its query', async () => {
  await using traced = await startTraced([OK]);
  await (await fetch(`${traced.rig.url}/nothing/here?key=sk-secret`)).text();
  await traced.rig.ended();
  const [span] = await traced.spans();
  expect([span?.kind, span?.name, span?.attributes['url.path']]).toEqual(['SERVER', 'GET', '/nothing/here']);
  expect(span?.attributes).not.toHaveProperty('http.route');
  expect(JSON.stringify(span)).not.toContain('sk-secret');
});

test('bytes that are no request for a door are a span too', async () => {
  await using traced = await startTraced([OK]);
  const socket = connect(Number(new URL(traced.rig.url).port), '127.0.0.1');
  socket.end('GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n');
  await traced.rig.ended();
  socket.destroy();
  expect(treeOf(await traced.spans())).toEqual(['SERVER HTTP']);
});

test('health checks and scrapes are no spans', async () => {
  await using traced = await startTraced([OK]);
  for (const path of ['/livez', '/readyz', '/health', '/trpc/health.live', '/metrics'])
    expect((await fetch(traced.rig.url + path)).status).toBe(200);
  await traced.rig.ended(4);
  expect(await traced.spans()).toEqual([]);
});

test('calls over tRPC are named by their procedure, and those of a batch are spans of their own', async () => {
  await using traced = await startTraced([OK]);
  const { url } = traced.rig;
  await (await post(fetch, `${url}/trpc/chat.completions.create`, HELLO)).text();
  await traced.rig.ended();
  await (await fetch(`${url}/trpc/models.list,chains.list?batch=1`)).text();
  await traced.rig.ended(2);
  expect(treeOf(await traced.spans()).toSorted()).toEqual([
    '    CLIENT chat model-a',
    '  INTERNAL chain default',
    'SERVER GET /trpc/chains.list',
    'SERVER GET /trpc/models.list',
    'SERVER POST /trpc/chat.completions.create',
  ]);
});

test('a call in process is no server span, and has no HTTP', async () => {
  await using traced = await startTraced([OK]);
  await traced.rig.gateway.caller.chat.completions.create(HELLO);
  const spans = await traced.spans();
  expect(treeOf(spans)).toEqual([
    'INTERNAL chat.completions.create',
    '  INTERNAL chain default',
    '    CLIENT chat model-a',
  ]);
  expect(Object.keys(spanOf(spans, 'chat.completions.create').attributes)).toEqual([
    'spillway.request_id',
    'spillway.code',
  ]);
});

test('a run continues the trace of the request that has created it', async () => {
  await using traced = await startTraced([chatStream({ content: 'x' })]);
  const { rig } = traced;
  await (await send(rig, { ...HELLO, stream: true }, { headers: { 'x-spillway-run': 'detach' } })).text();
  await rig.ended(1);
  const tree = treeOf(await traced.spans());
  expect(tree).toEqual([
    `SERVER POST ${CHAT}`,
    '  INTERNAL chat.completions.stream',
    '    INTERNAL chain default',
    '      CLIENT chat model-a',
  ]);
});

test('an event that is too large to be parsed for its facts hides none of those after it', async () => {
  const big = sse({
    id: 'x'.repeat(20_000),
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content: 'y' }, finish_reason: null }],
  });
  await using traced = await startTraced([
    { headers: { 'content-type': 'text/event-stream' }, chunks: [big, chunk({ finish: 'length' }), sse('[DONE]')] },
  ]);
  await (await send(traced.rig, { ...HELLO, stream: true })).text();
  await traced.rig.ended();
  const { attributes } = spanOf(await traced.spans(), 'chat model-a');
  expect(attributes).toMatchObject({
    'gen_ai.response.id': 'chatcmpl-scripted',
    'gen_ai.response.finish_reasons': ['length'],
  });
});
