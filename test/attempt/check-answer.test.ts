import OpenAI, { APIError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chatCompletion, chatStream, chunk, openaiError, type Reply, responder, sse } from '../../src/testing/index.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const FORMAT = { type: 'json_schema', json_schema: { name: 'number', schema: SCHEMA } };
const CHECKED = { ...HELLO, response_format: FORMAT, validate: { attempts: 1 } };
const STREAMED = { ...CHECKED, stream: true };
const STREAM = { 'content-type': 'text/event-stream' };
const VALID = '{ "n": 7 }';
const INVALID = '{ "n": "seven" }';

const send = ({ url }: Rig, body: object | string, headers: Record<string, string> = {}): Promise<Response> =>
  post(fetch, `${url}/v1/chat/completions`, body, { headers });

describe('the stream of a request with `validate`', () => {
  test('is held until it is complete, under every commit policy', async () => {
    const seen: string[] = [];
    const slow = responder({ content: INVALID, delay: 5 });
    await using rig = await startRig([slow, responder({ content: VALID })]);
    for (const policy of ['headers', 'first-event', 'first-token']) {
      const response = await send(rig, STREAMED, { 'x-spillway-commit': policy });
      expect(response.headers.get('x-spillway-provider')).toBe('b');
      seen.push(await response.text());
    }
    expect(seen.every((text) => text.endsWith('data: [DONE]\n\n') && !text.includes('seven'))).toBe(true);
  });

  test('has the time of a whole answer after its first token, whatever the limit for that is', async () => {
    const chain = { timeouts: { firstToken: '150ms' } };
    await using rig = await startRig([responder({ content: '{ "n" : 7, "a" : 1, "b" : 2, "c" : 3 }', delay: 40 })], {
      chain,
    });
    expect(await (await send(rig, STREAMED)).text()).toContain('[DONE]');
    await using silent = await startRig([{ headers: STREAM, chunks: [{ delay: 1000 }], end: 'hang' }], { chain });
    expect((await send(silent, STREAMED)).status).toBe(503);
    expect((await silent.ended()).trail[0]).toMatchObject({ outcome: 'silent', message: 'No token in time.' });
  });

  test('fails over within the deadline, like an answer in JSON', async () => {
    const endless: Reply = { headers: STREAM, chunks: [chunk({ delta: { content: '{' } })], end: 'hang' };
    await using rig = await startRig([endless, responder({ content: VALID })], { chain: { deadline: '2s' } });
    expect(await (await send(rig, STREAMED)).text()).toContain('[DONE]');
    expect((await rig.ended()).trail).toMatchObject([{ outcome: 'silent' }, { outcome: 'answered' }]);
  });

  test('keeps the client’s connection alive with openAfter, and ends with the error as an event', async () => {
    await using rig = await startRig([responder({ content: INVALID, delay: 40 })], { chain: { openAfter: '50ms' } });
    const response = await send(rig, STREAMED);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toMatch(/^: /);
    expect(text).toContain('"code":"no_valid_answer"');
    expect(text).not.toMatch(/seven|DONE/);
    expect(await rig.ended()).toMatchObject({ code: 'no_valid_answer', usage: { input: 9, output: 12 } });
  });

  test('that its client leaves cancels the upstream, and what it has used is estimated', async () => {
    await using rig = await startRig([
      responder({ content: `{ "n": ${'7'.repeat(200)} ${'x '.repeat(100)}`, delay: 5 }),
    ]);
    const controller = new AbortController();
    const answer = post(fetch, `${rig.url}/v1/chat/completions`, STREAMED, { signal: controller.signal });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    controller.abort();
    await expect(answer).rejects.toThrow();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed', provider: undefined });
  });

  test.each([
    ['JSON in place of a stream', chatCompletion({ content: INVALID }), chatCompletion({ content: VALID })],
    [
      'a stream without its end mark',
      chatStream({ content: INVALID, done: false }),
      chatStream({ content: VALID, done: false }),
    ],
  ])('%s is checked too', async (_, first, second) => {
    await using rig = await startRig([first, second]);
    expect(await (await send(rig, STREAMED)).text()).toMatch(/7.*\n\ndata: \[DONE\]\n\n$/s);
    expect(hitsOf(rig)).toEqual([1, 1]);
  });

  test('of more than 64 MB is an invalid answer', async () => {
    const part = chunk({ delta: { content: 'x'.repeat(1024 * 1024) } });
    await using rig = await startRig([
      { headers: STREAM, chunks: Array.from({ length: 66 }, () => part) },
      responder({ content: VALID }),
    ]);
    expect(await (await send(rig, STREAMED)).text()).toContain('[DONE]');
    expect((await rig.ended()).trail[0]).toMatchObject({
      outcome: 'invalid_answer',
      message: 'The answer is too large to be checked.',
      usage: { source: 'estimated' },
    });
  });
});

test('a stream in place of JSON is checked as the answer that it makes', async () => {
  await using rig = await startRig([chatStream({ content: INVALID }), chatStream({ content: VALID })]);
  expect(await (await send(rig, CHECKED)).json()).toMatchObject({ choices: [{ message: { content: VALID } }] });
  expect(hitsOf(rig)).toEqual([1, 1]);
});

describe.each(['JSON', 'a stream'])('a large answer as %s', (form) => {
  const items = `[${Array.from({ length: 100_000 }, (_, n) => `{"n":${n}}`).join()}]`;
  const reply = (content: string): Reply =>
    form === 'JSON'
      ? chatCompletion({ content })
      : { headers: STREAM, chunks: [chunk({ delta: { content } }), chunk({ finish: 'stop' }), sse('[DONE]')] };
  const schema = { type: 'array', items: SCHEMA, maxItems: 100_000 };
  const large = {
    ...CHECKED,
    stream: form !== 'JSON',
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  };

  test('is checked to its last value, over several turns of the event loop', async () => {
    await using rig = await startRig([reply(items.replace('99999', '"x"')), reply(items)]);
    let turns = 0;
    const count = (): void => {
      turns++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const response = await send(rig, large);
    clearImmediate(counting);
    expect(turns).toBeGreaterThan(10);
    expect(response.status).toBe(200);
    expect((await response.text()).length).toBeGreaterThan(items.length);
    expect((await rig.ended()).trail).toMatchObject([
      { outcome: 'invalid_answer', message: 'choices[0].message.content: /99999/n: must be integer' },
      { outcome: 'answered' },
    ]);
  });

  test('is dropped in the middle of its check when its client leaves', async () => {
    const controller = new AbortController();
    await using rig = await startRig([{ ...reply(items), end: 'hang' }, reply(items)]);
    const heavy = { ...schema, items: { allOf: Array.from({ length: 15 }, () => SCHEMA) } };
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: heavy } };
    const answer = post(
      fetch,
      `${rig.url}/v1/chat/completions`,
      { ...large, response_format: format },
      { signal: controller.signal },
    );
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    controller.abort();
    await expect(answer).rejects.toThrow();
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect(hitsOf(rig)).toEqual([1, 0]);
  });
});

test('a second `validate` is refused, and so is one in another case', async () => {
  await using rig = await startRig([responder({ content: VALID })]);
  const body = JSON.stringify(CHECKED);
  const codes = [body.replace('{', '{"validate":null,'), body.replace('"validate"', '"Validate"')].map(async (sent) => {
    const { error } = (await (await send(rig, sent)).json()) as { error: { code: string } };
    return error.code;
  });
  expect(await Promise.all(codes)).toEqual(['duplicate_parameter', 'invalid_request']);
});

test('a response format of more than 64 KB is refused', async () => {
  await using rig = await startRig([responder({ content: VALID })]);
  const schema = { ...SCHEMA, description: 'x'.repeat(64 * 1024) };
  const response = await send(rig, {
    ...CHECKED,
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  expect(await response.json()).toMatchObject({
    error: { code: 'invalid_request', param: 'response_format', message: expect.stringContaining('64 KB') as string },
  });
  expect(hitsOf(rig)).toEqual([0]);
});

const clientOf = ({ url }: Rig): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'x', maxRetries: 2 });

describe('the openai package', () => {
  const Answer = z.object({ n: z.int(), tags: z.array(z.object({ id: z.uuid(), at: z.iso.datetime() })).nullable() });
  const content = JSON.stringify({ n: 7, tags: [{ id: crypto.randomUUID(), at: '2026-01-01T00:00:00Z' }] });
  const request = {
    model: 'default',
    messages: [{ role: 'user' as const, content: 'Hello' }],
    response_format: zodResponseFormat(Answer, 'answer'),
    validate: { attempts: 1 },
  };

  test('parses the first answer that matches', async () => {
    await using rig = await startRig([responder({ content: '{"n":7}' }), responder({ content })]);
    const completion = await clientOf(rig).chat.completions.parse(request);
    expect(completion.choices[0]?.message.parsed).toEqual(JSON.parse(content));
    expect(hitsOf(rig)).toEqual([1, 1]);
  });

  test('parses the stream of the first answer that matches', async () => {
    await using rig = await startRig([responder({ content: '{"n":7}' }), responder({ content })]);
    const completion = await clientOf(rig).chat.completions.stream(request).finalChatCompletion();
    expect(completion.choices[0]?.message.parsed).toEqual(JSON.parse(content));
    expect(hitsOf(rig)).toEqual([1, 1]);
  });

  test('does not retry where no answer matches', async () => {
    await using rig = await startRig([responder({ content: '{"n":7}' }), openaiError(503, 'busy')]);
    const error: unknown = await clientOf(rig)
      .chat.completions.parse(request)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 422, code: 'no_valid_answer' });
    expect((error as APIError).headers?.get('x-should-retry')).toBe('false');
    expect(hitsOf(rig)).toEqual([1, 1]);
  });
});

test('admission settles what all answers have used', async () => {
  const settled: unknown[] = [];
  const admission = {
    reserve: () => ({
      headers: {},

      settle: (end: { usage: unknown }) => void settled.push(end.usage),
    }),
  };
  await using rig = await startRig([responder({ content: INVALID }), responder({ content: VALID })], { admission });
  await (await send(rig, CHECKED)).text();
  expect(settled).toMatchObject([{ input: 18, output: 24 }]);
});
