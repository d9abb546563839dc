import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** The two adapters of the facade: what is on the wire is the same to the byte. */
const ADAPTERS: Readonly<Record<string, (rig: Rig) => (body: unknown) => Promise<Response>>> = {
  'over HTTP': (rig) => (body) => post(fetch, `${rig.url}/v1/chat/completions`, body),
  'in process': (rig) => (body) => post(rig.gateway.fetch, 'http://spillway/v1/chat/completions', body),
};

describe.each(Object.entries(ADAPTERS))('%s', (_, adapter) => {
  test('an answer has headers for its request, its entry and its attempts, and none of the provider’s', async () => {
    const served = {
      ...chatCompletion({ content: 'served' }),
      headers: { 'set-cookie': 'a=b', 'x-provider-internal': '1' },
    };
    await using rig = await startRig([openaiError(429, 'slow down'), served]);
    const { status, headers } = await adapter(rig)(HELLO);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_/),
      'x-spillway-chain': 'default',
      'x-spillway-provider': 'b',
      'x-spillway-model': 'model-b',
      'x-spillway-attempts': '2',
      'content-type': 'application/json; charset=utf-8',
    });
    expect([headers.get('set-cookie'), headers.get('x-provider-internal')]).toEqual([null, null]);
  });

  test('a stream is bare data events and an end mark, with headers that forbid buffering', async () => {
    await using rig = await startRig([chatStream({ content: 'all of it' })]);
    const response = await adapter(rig)({ ...HELLO, stream: true });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-spillway-provider': 'a',
    });
    const text = await response.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text.split('\n\n').every((event) => event === '' || event.startsWith('data: '))).toBe(true);
  });

  test('a stream that broke ends in one error event with all four members, and no end mark', async () => {
    const headers = { 'content-type': 'text/event-stream' };
    await using rig = await startRig([{ headers, chunks: [chunk({ delta: { content: 'Hi' } })] }]);
    const text = await (await adapter(rig)({ ...HELLO, stream: true })).text();
    expect(text).not.toContain('[DONE]');
    const last = text.split('\n\n').findLast(Boolean) ?? '';
    const { error } = JSON.parse(last.slice('data: '.length)) as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  });

  test.each([false, true])('an error with stream %s is JSON with all four members and the trail', async (stream) => {
    await using rig = await startRig([openaiError(500, 'a'), openaiError(503, 'b')]);
    const response = await adapter(rig)({ ...HELLO, stream });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code', 'attempts']));
  });

  test.each(
    Object.entries({
      '[]': 'invalid_json',
      '{': 'invalid_json',
      '': 'invalid_json',
      '{"messages":7}': 'invalid_request',
      '{"model":1,"model":2}': 'duplicate_parameter',
      '{"messages":[{"role":"user"}],"messages":[{"role":"developer"}]}': 'duplicate_parameter',
      '{"messages":[{"role":"user","content":"x"}],"stream":"yes"}': 'invalid_request',
    }),
  )('the body %s is a 400', async (body, code) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const response = await adapter(rig)(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('every byte of the client’s body reaches the entry except the model', async () => {
    await using rig = await startRig([openaiError(500, 'no'), chatCompletion({ content: 'x' })]);
    const body =
      '{ "zeta":9007199254740993 , "model": "default", "messages":[{"role":"user","content":"\\u00e9","x":1.0}],"custom":{"model":"kept"} }';
    expect((await adapter(rig)(body)).status).toBe(200);
    expect(rig.upstreams[0]?.hits[0]?.body.toString()).toBe(body.replace('"default"', '"model-a"'));
    expect(rig.upstreams[1]?.hits[0]?.body.toString()).toBe(body.replace('"default"', '"model-b"'));
  });
});
