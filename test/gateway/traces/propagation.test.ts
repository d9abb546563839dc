import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { chatCompletion, chatStream, openaiError } from '../../../src/testing/index.ts';
import { post, type Rig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';
import { spanOf, startTraced, treeOf } from '../../helpers/traced.ts';

const CHAT = '/v1/chat/completions';
const OK = chatCompletion({ content: 'fine' });
const KEY = 'sk-0123456789abcdef0123';
const KEYED: Partial<ConfigInput> = { auth: { keys: [{ name: 'ci', key: KEY }] } };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const SAMPLED = `00-${TRACE}-${PARENT}-01`;
const UNSAMPLED = `00-${TRACE}-${PARENT}-00`;

const send = async (rig: Rig, headers: Readonly<Record<string, string>>, key = KEY): Promise<number> => {
  const answer = await post(fetch, rig.url + CHAT, HELLO, { headers: { authorization: `Bearer ${key}`, ...headers } });
  await answer.text();
  return answer.status;
};

describe('the trace of a client', () => {
  test.each<[string, boolean, Partial<ConfigInput>, ConfigInput['traces']]>([
    ['is continued with a key', true, KEYED, {}],
    ['is not continued with a key where trustIncoming is false', false, KEYED, { trustIncoming: false }],
    ['is not continued without keys', false, {}, {}],
    ['is continued without keys where trustIncoming is true', true, {}, { trustIncoming: true }],
  ])('%s', async (_, isContinued, config, traces) => {
    await using traced = await startTraced([OK], { config }, traces);
    await send(traced.rig, { traceparent: SAMPLED, tracestate: 'vendor=1' });
    const { traceId } = await traced.rig.ended();
    const server = spanOf(await traced.spans(), `POST ${CHAT}`);
    expect([server.traceId === TRACE, server.parentSpanId]).toEqual([isContinued, isContinued ? PARENT : undefined]);
    expect(traceId).toBe(server.traceId);
  });

  test('decides whether it is recorded, whatever is sampled here', async () => {
    await using none = await startTraced([OK], { config: KEYED }, { sample: 0 });
    await send(none.rig, { traceparent: SAMPLED });
    await none.rig.ended();
    expect(treeOf(await none.spans())).toHaveLength(3);
    await using all = await startTraced([OK], { config: KEYED }, { sample: 1 });
    await send(all.rig, { traceparent: UNSAMPLED });
    // It belongs to the trace all the same, so that its log line can be found.
    expect((await all.rig.ended()).traceId).toBe(TRACE);
    expect(await all.spans()).toEqual([]);
  });

  test.each([
    '',
    'nonsense',
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE}-${PARENT}-01-more`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  ])('is ignored where its header is %j', async (traceparent) => {
    await using traced = await startTraced([OK], { config: KEYED });
    expect(await send(traced.rig, { traceparent })).toBe(200);
    await traced.rig.ended();
    const server = spanOf(await traced.spans(), `POST ${CHAT}`);
    expect([server.parentSpanId, server.traceId]).toEqual([undefined, expect.not.stringMatching(TRACE)]);
  });

  test('is not continued for a client whose key is refused', async () => {
    await using traced = await startTraced([OK], { config: KEYED });
    expect(await send(traced.rig, { traceparent: SAMPLED }, 'sk-unknown')).toBe(401);
    await traced.rig.ended();
    const [span, ...others] = await traced.spans();
    expect([span?.name, span?.status, span?.parentSpanId, others]).toEqual([`POST ${CHAT}`, 'UNSET', undefined, []]);
  });

  test('is continued by each call of a batch', async () => {
    await using traced = await startTraced([OK], { config: KEYED });
    const headers = { authorization: `Bearer ${KEY}`, traceparent: SAMPLED };
    await (await fetch(`${traced.rig.url}/trpc/models.list,chains.list?batch=1`, { headers })).text();
    await traced.rig.ended(1);
    expect((await traced.spans()).map(({ parentSpanId }) => parentSpanId)).toEqual([PARENT, PARENT]);
  });
});

/** The header `traceparent` of each request that an upstream got. */
const headersOf = (rig: Rig, upstream = 0): (string | string[] | undefined)[] =>
  (rig.upstreams[upstream]?.hits ?? []).map(({ headers }) => headers['traceparent']);

describe('a provider', () => {
  test('gets no headers of a trace, neither the gateway’s nor the client’s', async () => {
    await using traced = await startTraced([OK], { config: KEYED });
    await send(traced.rig, { traceparent: SAMPLED, tracestate: 'vendor=1' });
    const { headers } = traced.rig.upstreams[0]?.hits[0] ?? {};
    expect([headers?.['traceparent'], headers?.['tracestate']]).toEqual([undefined, undefined]);
  });

  test('with trace: true gets the span of its attempt as parent, and the client’s tracestate', async () => {
    await using traced = await startTraced([openaiError(500, 'no'), OK], {
      config: KEYED,
      providers: { b: { trace: true } },
    });
    const { rig } = traced;
    await send(rig, { traceparent: SAMPLED, tracestate: 'vendor=1' });
    await rig.ended();
    const spans = await traced.spans();
    expect(headersOf(rig)).toEqual([undefined]);
    expect(headersOf(rig, 1)).toEqual([`00-${TRACE}-${spanOf(spans, 'chat model-b').spanId}-01`]);
    expect(rig.upstreams[1]?.hits[0]?.headers['tracestate']).toBe('vendor=1');
    expect(treeOf(spans)).toEqual([
      `SERVER POST ${CHAT}`,
      '  INTERNAL chain default',
      '    CLIENT chat model-a ERROR',
      '    CLIENT chat model-b',
    ]);
  });

  test('with trace: true gets the id of each attempt of a retry, and of a stream', async () => {
    await using traced = await startTraced([[openaiError(503, 'busy'), chatStream({ content: 'x' })]], {
      chain: { retry: { overloaded: 1, backoff: '1ms' } },
      provider: { trace: true },
    });
    await (await post(fetch, traced.rig.url + CHAT, { ...HELLO, stream: true })).text();
    await traced.rig.ended();
    const attempts = (await traced.spans()).filter(({ kind }) => kind === 'CLIENT');
    const ids = attempts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
    expect(headersOf(traced.rig)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  test('with trace: true learns that nothing is recorded', async () => {
    await using traced = await startTraced([OK], { config: KEYED, provider: { trace: true } });
    await send(traced.rig, { traceparent: UNSAMPLED });
    expect(headersOf(traced.rig)).toEqual([expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))]);
  });
});

test('sampling 0 records nothing, sends nothing, and gives a request no trace', async () => {
  await using traced = await startTraced([OK], {}, { sample: 0 });
  await send(traced.rig, {});
  expect((await traced.rig.ended()).traceId).toBeUndefined();
  expect(await traced.spans()).toEqual([]);
  expect(traced.collector.bodies).toEqual([]);
});

test('a secret in a name that a client makes up is in no span', async () => {
  const models = { '*': {} };
  await using traced = await startTraced(
    [({ body }) => chatCompletion({ content: 'x', model: /"model":"([^"]+)"/.exec(String(body))?.[1] })],
    { config: KEYED, provider: { models } },
  );
  const { rig } = traced;
  for (const model of [`a/${KEY}`, `a/${'m'.repeat(190)}-${KEY}`]) {
    const answer = await post(
      fetch,
      rig.url + CHAT,
      { ...HELLO, model },
      { headers: { authorization: `Bearer ${KEY}` } },
    );
    expect(answer.status).toBe(200);
    await answer.text();
  }
  await rig.ended(1);
  const names = (await traced.spans()).map(({ name }) => name);
  expect(names).toContain('chat ***');
  expect(names).toContain('chain a/***');
  expect(Math.max(...names.map(({ length }) => length))).toBeLessThan(220);
  const sent = traced.collector.bodies.join('\n');
  // Nor the beginning of one, where a name was cut.
  expect(sent).not.toContain(KEY.slice(0, 10));
  expect(sent).toContain('"key":"gen_ai.response.model","value":{"stringValue":"***"}');
});

const canary = (name: string): string => `canary-${name}-4711`;

test('no prompt, answer, key, end user or word of a provider is in a span', async () => {
  const secrets = {
    prompt: canary('prompt'),
    answer: canary('answer'),
    words: canary('words'),
    user: 'mary@canary.example',
    key: KEY,
    upstream: 'sk-canary-upstream-key',
  };
  await using traced = await startTraced(
    [
      openaiError(500, secrets.words),
      ({ body }) =>
        body.includes('"stream":true')
          ? chatStream({ content: secrets.answer })
          : chatCompletion({ content: secrets.answer }),
    ],
    { config: { ...KEYED, log: { vendorMessages: true } }, provider: { apiKey: secrets.upstream } },
    { headers: { authorization: 'Bearer canary-collector' } },
  );
  const input = { ...HELLO, user: secrets.user, messages: [{ role: 'user', content: secrets.prompt }] };
  for (const stream of [false, true]) {
    const headers = { authorization: `Bearer ${KEY}`, 'user-agent': `agent ${KEY}` };
    await (await post(fetch, `${traced.rig.url}${CHAT}?key=${KEY}`, { ...input, stream }, { headers })).text();
  }
  await (await fetch(`${traced.rig.url}/v1/${KEY}`, { headers: { authorization: `Bearer ${KEY}` } })).text();
  await traced.rig.ended(2);
  expect(await traced.spans()).toHaveLength(9);
  const sent = traced.collector.bodies.join('\n');
  for (const secret of Object.values(secrets)) expect(sent).not.toContain(secret);
  expect(sent).toContain('agent ***');
  expect(traced.collector.headers.map((headers) => headers.authorization)).toContain('Bearer canary-collector');
  expect(traced.rig.gateway.redact('Bearer canary-collector')).toBe('***');
});
