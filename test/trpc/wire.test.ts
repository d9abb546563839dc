import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError, type Reply } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const CONNECTED = 'event: connected\ndata: {}\nretry: 86400000\n\n';
const RETURN = 'event: return\ndata: \n\n';

/** The two ways to call a subscription, which have the same answer. */
const WAYS: Readonly<Record<string, (rig: Rig, input: string) => Promise<Response>>> = {
  POST: (rig, input) => post(fetch, `${rig.url}/trpc/chat.completions.stream`, input),
  GET: (rig, input) => fetch(`${rig.url}/trpc/chat.completions.stream?input=${encodeURIComponent(input)}`),
};

describe.each(Object.entries(WAYS))('a subscription by %s', (_, send) => {
  test("is the upstream's own events between tRPC's two", async () => {
    const script = chatStream({ content: 'all of it' });
    await using rig = await startRig([openaiError(429, 'busy'), script]);
    const response = await send(rig, JSON.stringify(HELLO));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.stringMatching(/^req_/),
      'x-spillway-provider': 'b',
      'x-spillway-attempts': '2',
    });
    const events = (script.chunks ?? []).map(
      (each) => (typeof each === 'string' ? each : Reflect.get(Object(each), 'data')) as string,
    );
    expect(await response.text()).toBe(CONNECTED + events.slice(0, -1).join('') + RETURN);
    expect(await rig.ended()).toMatchObject({ door: 'trpc', operation: 'chat.completions.stream', code: 'ok' });
  });

  test("forwards the client's bytes, except the model and the members for streaming", async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const input = '{ "zeta":9007199254740993 ,"messages":[{"role":"user","content":"\\u00e9","x":1.0}] }';
    await (await send(rig, input)).text();
    expect(rig.upstreams[0]?.hits[0]?.body.toString()).toBe(
      input.replace(' }', ' ,"model":"model-a","stream":true,"stream_options":{"include_usage":true}}'),
    );
  });

  test('that breaks ends in one serialized error with the real status, without a return event', async () => {
    await using rig = await startRig([{ headers: STREAM, chunks: [chunk({ delta: { content: 'Hi' } })] }]);
    const text = await (await send(rig, JSON.stringify(HELLO))).text();
    expect(text).not.toContain(RETURN);
    const last = text.split('\n\n').findLast(Boolean) ?? '';
    expect(last).toMatch(/^event: serialized-error\ndata: \{/);
    expect(JSON.parse(last.slice(last.indexOf('{')))).toEqual({
      message: 'The provider stopped before the answer was complete.',
      code: -32012,
      data: {
        type: 'upstream_error',
        param: null,
        code: 'upstream_truncated',
        status: 502,
        path: 'chat.completions.stream',
        requestId: rig.finished()[0]?.requestId,
        spillwayRequestId: rig.finished()[0]?.requestId,
      },
    });
  });

  test.each([
    ['{"messages":', 'invalid_json', 400],
    ['[]', 'invalid_json', 400],
    ['', 'invalid_json', 400],
    ['{"model":"a","model":"b","messages":[{"role":"user"}]}', 'duplicate_parameter', 400],
    ['{"messages":[{"role":"user"}],"stream":false}', 'invalid_request', 400],
    ['{"messages":[{"role":"user"}],"model":"nowhere"}', 'model_not_found', 404],
  ])(
    'with the input %s has its error in a stream, because an EventSource exposes nothing else',
    async (input, code, status) => {
      await using rig = await startRig([chatStream({ content: 'x' })]);
      const response = await send(rig, input);
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(text.startsWith(`${CONNECTED}event: serialized-error\ndata: {`)).toBe(true);
      expect(text).toContain(`"code":"${code}","status":${status}`);
      expect(rig.upstreams[0]?.hits).toEqual([]);
      expect(rig.finished()).toMatchObject([{ status, code }]);
    },
  );
});

const create = (rig: Rig, input: string): Promise<Response> =>
  post(fetch, `${rig.url}/trpc/chat.completions.create`, input);

describe('a mutation', () => {
  test("is the upstream's own bytes in tRPC's envelope", async () => {
    const body = '{ "choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"big":9007199254740993, "f":1.0 }';
    const reply: Reply = { headers: { 'content-type': 'application/json' }, body };
    await using rig = await startRig([reply]);
    const response = await create(rig, JSON.stringify(HELLO));
    expect(await response.text()).toBe(`{"result":{"data":${body}}}`);
    expect(response.headers.get('x-spillway-provider')).toBe('a');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(rig.finished()).toMatchObject([{ door: 'trpc', operation: 'chat.completions.create', code: 'ok' }]);
  });

  test("forwards the client's bytes, except the model", async () => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const input = '{"zeta":9007199254740993,"model":"default","messages":[{"role":"user","content":"\\u00e9"}]}';
    await create(rig, input);
    expect(rig.upstreams[0]?.hits[0]?.body.toString()).toBe(input.replace('default', 'model-a'));
  });

  test('fails with the real status and the same headers as through REST', async () => {
    await using rig = await startRig([openaiError(500, 'no')]);
    const response = await create(rig, JSON.stringify(HELLO));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({
      error: { data: { code: 'all_providers_exhausted', status: 503, attempts: [{ outcome: 'overloaded' }] } },
    });
  });

  test('that requests a stream is refused, and not answered as a whole', async () => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const response = await create(rig, JSON.stringify({ ...HELLO, stream: true }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: 'stream: must not be true; call chat.completions.stream for that' },
    });
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });
});
