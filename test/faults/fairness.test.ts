import { describe, expect, test } from 'vitest';
import {
  chatCompletion,
  chatStream,
  openaiError,
  type Reply,
  type ScriptedRequest,
  sse,
} from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { requestStream, turns } from './wire.ts';
import { principalOf } from '../helpers/principal.ts';

const OK = chatCompletion({ content: 'ok' });
const FAILS = openaiError(503, 'oops');
const TOOLS = { tools: [{ type: 'function', function: { name: 'f' } }] };

async function send({ gateway }: Rig, fields: object = {}, headers: Record<string, string> = {}) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, ...fields }, { headers });
  const text = await response.text();
  return `${response.status} by ${response.headers.get('x-spillway-provider')}${response.ok ? '' : ` ${text}`}`;
}

const stateOf = async (rig: Rig): Promise<unknown> => (await rig.gateway.caller.limits.list()).data[0]?.state;
const keyOf = ({ headers }: ScriptedRequest): string => String(headers['authorization']).replace('Bearer ', '');

describe('a request that was never sent', () => {
  test('counts for no limit: an unreachable server has its whole day left when it is reachable again', async () => {
    await using rig = await startRig([OK, OK], {
      clock: fakeClock(),
      providers: { a: { baseUrl: 'http://127.0.0.1:1/v1', limits: { requestsPerDay: 2 } } },
    });
    for (let n = 0; n < 4; n++) expect(await send(rig)).toBe('200 by b');
    const { data } = await rig.gateway.caller.limits.list();
    expect(data[0]?.windows).toMatchObject([{ window: 'requestsPerDay', used: 0 }]);
  });
});

describe('the breaker', () => {
  test('is not opened by a client whose deadline leaves an entry no time', async () => {
    await using rig = await startRig([{ ...OK, delay: 200 }]);
    for (let n = 0; n < 7; n++) expect(await send(rig, {}, { 'x-spillway-deadline': '20' })).toMatch(/^504/);
    expect(await stateOf(rig)).toBe('ready');
    expect(await send(rig)).toBe('200 by a');
  });

  test('is not opened by a model that failed at one client’s tools', async () => {
    await using rig = await startRig([openaiError(400, 'Failed to call a function.', { code: 'tool_use_failed' }), OK]);
    for (let n = 0; n < 7; n++) await send(rig, TOOLS);
    expect(await stateOf(rig)).toBe('ready');
  });

  test('is one for all keys of a pool, because it is the server that fails', async () => {
    const pool = { apiKeys: ['one', 'two', 'three', 'four'] };
    await using rig = await startRig([FAILS, OK], { clock: fakeClock(), providers: { a: pool } });
    for (let n = 0; n < 20; n++) expect(await send(rig)).toBe('200 by b');
    expect(rig.upstreams[0]?.hits).toHaveLength(5);
  });

  test('closes when its probe’s stream has begun, and does not wait for its end', async () => {
    const clock = fakeClock();
    const begun = chatStream({ content: 'a b', done: false });
    const script = (_: ScriptedRequest, n: number): Reply =>
      n < 5
        ? FAILS
        : n === 5
          ? { ...begun, chunks: [begun.chunks?.[0] ?? '', begun.chunks?.[1] ?? ''], end: 'hang' }
          : OK;
    await using rig = await startRig([script, OK], { clock });
    for (let n = 0; n < 5; n++) await send(rig);
    clock.advance(5000);
    const probe = await requestStream(rig);
    expect(await send(rig)).toBe('200 by a');
    await probe.body?.cancel();
  });
});

const errorIn200 = (error: object): Reply => ({ body: { error } });

/** One key is rate limited; with the other one the prompt is too long. */
const spentOrTooLong = (request: ScriptedRequest): Reply =>
  keyOf(request) === 'one'
    ? openaiError(429, 'slow down', { headers: { 'retry-after': '9' } })
    : openaiError(400, "This model's maximum context length is 4096 tokens.", { code: 'context_length_exceeded' });

describe('another key of a pool is tried', () => {
  test.each([
    [
      'an error inside a 200 that names its limit',
      errorIn200({ message: 'slow', code: 'rate_limit_exceeded', type: 'rate_limit_error' }),
    ],
    [
      'a first event that names its exhausted balance',
      {
        headers: { 'content-type': 'text/event-stream' },
        chunks: [sse({ error: { message: 'x', type: 'insufficient_quota', code: 'insufficient_quota' } })],
      },
    ],
    [
      'a model that its account does not have',
      openaiError(404, 'The model does not exist', { code: 'model_not_found' }),
    ],
    [
      'a limit of its account that the request is too large for',
      openaiError(413, 'Request too large for model on tokens per minute (TPM): Limit 6000, Requested 9000'),
    ],
  ])('after %s', async (_, reply) => {
    // The first key is random: that one is refused.
    let refused: string | undefined;
    const script = (request: ScriptedRequest): Reply => (keyOf(request) === (refused ??= keyOf(request)) ? reply : OK);
    await using rig = await startRig([script], { providers: { a: { apiKeys: ['one', 'two'] } } });
    expect(await send(rig)).toBe('200 by a');
    expect(rig.upstreams[0]?.hits.map(keyOf).toSorted()).toEqual(['one', 'two']);
    for (let n = 0; n < 8; n++) expect(await send(rig)).toBe('200 by a');
  });

  test('and where none can take the request, the client receives the error of the one that said so', async () => {
    await using rig = await startRig([spentOrTooLong], { providers: { a: { apiKeys: ['one', 'two'] } } });
    for (let n = 0; n < 6; n++) expect(await send(rig)).toMatch(/^400 .*context_length_exceeded/);
  });
});

describe('a request that waits', () => {
  const queue = { maxWait: '5m', maxSize: 1 };

  test('delays no request that another entry can serve', async () => {
    const clock = fakeClock();
    await using rig = await startRig([OK, OK], {
      clock,
      chain: { queue },
      providers: { a: { limits: { requestsPerMinute: 1 } }, b: { models: { 'model-b': { tools: false } } } },
    });
    expect(await send(rig, TOOLS)).toBe('200 by a');
    const waiting = send(rig, TOOLS);
    await turns(50);
    // The queue is full, and the second entry is idle.
    expect(await send(rig)).toBe('200 by b');
    clock.advance(62_000);
    expect(await waiting).toBe('200 by a');
  });

  test('is never one that no entry could ever serve', async () => {
    const clock = fakeClock();
    await using rig = await startRig([OK], {
      clock,
      chain: { queue: { maxWait: '5m', maxSize: 9 } },
      providers: { a: { limits: { requestsPerMinute: 1, tokensPerMinute: 100 } } },
    });
    await send(rig);
    const waiting = send(rig);
    await turns(50);
    expect(await send(rig, { messages: [{ role: 'user', content: 'word '.repeat(999) }] })).toMatch(
      /^400 .*no_suitable_entry/,
    );
    clock.advance(62_000);
    expect(await waiting).toBe('200 by a');
  });

  test('waits for an entry that recovers although another has just failed', async () => {
    const clock = fakeClock();
    const slow = openaiError(429, 'slow', { headers: { 'retry-after': '2' } });
    await using rig = await startRig([[slow, OK], FAILS], { clock, chain: { queue } });
    const waiting = send(rig);
    await rig.upstreams[1]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
    await turns(50);
    clock.advance(2000);
    expect(await waiting).toBe('200 by a');
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([2, 1]);
  });

  test('is sent at most once a second, however short a wait the provider names', async () => {
    const clock = fakeClock();
    const slow = openaiError(429, 'slow', { headers: { 'retry-after-ms': '1' } });
    await using rig = await startRig([slow], { clock, chain: { queue: { maxWait: '3s', maxSize: 9 } } });
    const waiting = send(rig);
    for (let n = 0; n < 40; n++) {
      await turns(20);
      clock.advance(100);
    }
    expect(await waiting).toMatch(/^503/);
    expect(rig.upstreams[0]?.hits.length).toBeLessThanOrEqual(4);
  });
});

test('a limit that was learned is forgotten when the configuration changes', async () => {
  const headers = {
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '50s',
  };
  await using rig = await startRig([{ ...OK, headers }, OK], { clock: fakeClock() });
  await send(rig);
  expect(await stateOf(rig)).toBe('limited');
  const [a, b] = rig.upstreams.map(({ baseUrl }) => ({ baseUrl, apiKey: 'sk-upstream-secret-0123456789' }));
  await rig.gateway.reload({
    providers: { a: a ?? {}, b: b ?? {} },
    chains: { default: { entries: ['a/model-a', 'b/model-b'] } },
  });
  expect(await send(rig)).toBe('200 by a');
});

test('an admin sees the limits of the chains that its key may use', async () => {
  await using rig = await startRig([OK, OK]);
  const restricted = rig.gateway.fetchAs(principalOf('r', { role: 'admin', chains: ['a/model-a'] }));
  const { data } = (await (await restricted('http://x/v1/limits')).json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual(['a/model-a']);
});

test('an entry that is tried again without a parameter of the gateway counts two requests', async () => {
  const refused = openaiError(400, "Unsupported parameter: 'stream_options'.", { code: 'unsupported_parameter' });
  const script = (request: ScriptedRequest): Reply =>
    request.body.includes('stream_options') ? refused : chatStream({ content: 'a b' });
  await using rig = await startRig([script, chatStream({ content: 'b' })], {
    clock: fakeClock(),
    providers: { a: { limits: { requestsPerMinute: 3 } } },
  });
  for (let n = 0; n < 4; n++) await send(rig, { stream: true });
  expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([3, 2]);
});
