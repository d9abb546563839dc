import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError, type Reply, sse } from '../../src/testing/index.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

/** The doors that speak REST; a case runs through each of them. */
const DOORS: Readonly<Record<string, (rig: Rig) => (body: unknown) => Promise<Response>>> = {
  'over HTTP': (rig) => (body) => post(fetch, `${rig.url}/v1/chat/completions`, body),
  'in process': (rig) => (body) => post(rig.gateway.fetch, 'http://spillway/v1/chat/completions', body),
};

const STREAM = { 'content-type': 'text/event-stream' };
const ROLE = chunk({ delta: { role: 'assistant', content: '' } });
const HI = chunk({ delta: { content: 'Hi' } });

interface Case {
  readonly first: Reply;
  /** What the second entry answers; chat by default. */
  readonly second?: Reply;
  readonly status: number;
  readonly code?: string | null;
  /** Hits on the first and the second entry. */
  readonly hits: readonly [number, number];
}

/** The ways in which a first entry fails before anything was shown: the second one answers. */
const SPILLS: Readonly<Record<string, Reply>> = {
  'a 429': openaiError(429, 'slow down', { headers: { 'retry-after': '7' } }),
  'a 429 for want of money': openaiError(429, 'Credits are used up', {
    type: 'insufficient_quota',
    code: 'credit_balance_exhausted',
  }),
  'a 402': openaiError(402, 'pay'),
  'a 500': openaiError(500, 'oops'),
  'a 503': openaiError(503, 'overloaded'),
  'a 401 of our key': openaiError(401, 'bad key'),
  'a 404 of the model': openaiError(404, 'no such model'),
  'a context that is too long': openaiError(400, "This model's maximum context length is 10 tokens.", {
    code: 'context_length_exceeded',
  }),
  'a redirect': { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
  'a reset before any byte': { head: false, end: 'rst' },
  'a close before any byte': { head: false, end: 'fin' },
  'what is not HTTP': { raw: 'hello there\r\n\r\n' },
  'HTML with status 200': { headers: { 'content-type': 'text/html' }, body: '<html>no</html>' },
  'an empty body with status 200': { body: '' },
  'an error with status 200': { body: { error: { message: 'no', type: 'server_error' } } },
  'a body cut short': {
    headers: { 'content-type': 'application/json' },
    body: '{"id":"x","choices":[{"index":0',
    end: 'fin',
  },
  'no choices': { body: { id: 'x', choices: [] } },
  null: { headers: { 'content-type': 'application/json' }, body: 'null' },
};

/** Ways in which only a stream fails before its first token. */
const STREAM_SPILLS: Readonly<Record<string, Reply>> = {
  'an error as the first event': {
    headers: STREAM,
    chunks: [sse({ error: { message: 'no', type: 'server_error', code: 500 } }), sse('[DONE]')],
  },
  'a named error event': { headers: STREAM, chunks: ['event: error\ndata: {"message":"no"}\n\n'] },
  'an error as a string': { headers: STREAM, chunks: [sse({ error: 'no' })] },
  'a role and then an error': { headers: STREAM, chunks: [ROLE, sse({ error: { message: 'no' } })] },
  'a role and then the end': { headers: STREAM, chunks: [ROLE] },
  'a role and then a reset': { headers: STREAM, chunks: [ROLE, { delay: 20 }], end: 'rst' },
  'only the end mark': { headers: STREAM, chunks: [sse('[DONE]')] },
  'only comments': { headers: STREAM, chunks: [': ping\n\n', ': ping\n\n'] },
  'a finish reason of error': { headers: STREAM, chunks: [chunk({ delta: {}, finish: 'error' })] },
};

describe.each(Object.entries(DOORS))('%s', (_, door) => {
  test.each(Object.entries(SPILLS))('JSON: %s spills to the second entry', async (__, first) => {
    await using rig = await startRig([first, chatCompletion({ content: 'served' })]);
    const response = await door(rig)(HELLO);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'served' } }] });
    expect(response.headers.get('x-spillway-provider')).toBe('b');
    expect(response.headers.get('x-spillway-attempts')).toBe('2');
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
    expect(rig.finished()).toMatchObject([{ code: 'ok', provider: 'b', usage: { inputTokens: 9 } }]);
  });

  test.each(Object.entries({ ...SPILLS, ...STREAM_SPILLS }))(
    'stream: %s spills to the second entry',
    async (__, first) => {
      await using rig = await startRig([first, chatStream({ content: 'all of it' })]);
      const response = await door(rig)({ ...HELLO, stream: true });
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(response.headers.get('x-spillway-provider')).toBe('b');
      expect(text).toContain('"content":"all "');
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
      expect(text.match(/"role"/g)).toHaveLength(1);
      expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
    },
  );

  const ENDINGS: Readonly<Record<string, Case>> = {
    'a mistake of the caller goes back as it is': {
      first: openaiError(400, 'n must be 1', { code: 'bad_n' }),
      status: 400,
      code: 'bad_n',
      hits: [1, 0],
    },
    'a 422 goes back as it is': { first: openaiError(422, 'bad field'), status: 422, code: null, hits: [1, 0] },
    'a filtered prompt goes back as it is': {
      first: openaiError(400, 'filtered', { code: 'content_filter' }),
      status: 400,
      code: 'content_filter',
      hits: [1, 0],
    },
    'a chain that is down is one clear error': {
      first: openaiError(500, 'a'),
      second: openaiError(503, 'b'),
      status: 503,
      code: 'all_providers_exhausted',
      hits: [1, 1],
    },
    'a chain that is too small says what the first one said': {
      first: openaiError(400, 'prompt is too long: 9 tokens', { code: 'x' }),
      second: openaiError(413, 'Request too large for model on tokens per minute'),
      status: 400,
      code: 'x',
      hits: [1, 1],
    },
  };
  describe.each([false, true])('with stream %s', (stream) => {
    test.each(Object.entries(ENDINGS))(
      '%s',
      async (__, { first, second = chatCompletion({ content: 'b' }), status, code, hits }) => {
        await using rig = await startRig([first, second]);
        const response = await door(rig)({ ...HELLO, stream });
        expect(response.status).toBe(status);
        expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
        const { error } = (await response.json()) as { error: Record<string, unknown> };
        expect(error).toMatchObject({ code, message: expect.any(String) });
        expect(Object.keys(error)).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code', 'attempts']));
        expect(rig.upstreams.map((upstream) => upstream.hits.length)).toEqual(hits);
        expect(rig.finished()).toHaveLength(1);
      },
    );
  });

  test.each(
    Object.entries({
      'a cut': { headers: STREAM, chunks: [ROLE, HI, { delay: 20 }], end: 'fin' },
      'a reset': { headers: STREAM, chunks: [ROLE, HI, { delay: 20 }], end: 'rst' },
      'an end without a finish reason': { headers: STREAM, chunks: [ROLE, HI] },
      'an end mark without a finish reason': { headers: STREAM, chunks: [ROLE, HI, sse('[DONE]')] },
      'an error event': { headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: 'boom', code: 500 } })] },
    } satisfies Record<string, Reply>),
  )('after the first token %s is told and nothing is asked again', async (__, first) => {
    await using rig = await startRig([first, chatStream({ content: 'never' })]);
    const response = await door(rig)({ ...HELLO, stream: true });
    const text = await response.text();
    const events = text
      .split('\n\n')
      .filter(Boolean)
      .map((event) => event.slice(6));
    expect(text).not.toContain('[DONE]');
    expect(text.match(/"content":"Hi"/g)).toHaveLength(1);
    const { error } = JSON.parse(events.at(-1) ?? '') as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
    expect(typeof error['code'] === 'string' || error['code'] === null).toBe(true);
    expect(rig.upstreams[1]?.hits).toEqual([]);
    expect((await rig.ended()).code).toMatch(/^upstream_/);
  });

  test('an unknown model is a 404 that names what there is', async () => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const response = await door(rig)({ ...HELLO, model: 'defualt' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: 'model_not_found', message: expect.stringContaining('default'), param: 'model' },
    });
  });

  test.each(
    Object.entries({
      '[]': 'invalid_json',
      '{': 'invalid_json',
      '': 'invalid_json',
      '{"messages":7}': 'invalid_request',
      '{"model":1,"model":2}': 'duplicate_parameter',
    }),
  )('the body %s is a 400', async (body, code) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const response = await door(rig)(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('every field and byte of the caller reaches the entry but for the model', async () => {
    await using rig = await startRig([openaiError(500, 'no'), chatCompletion({ content: 'x' })]);
    const body =
      '{ "zeta":9007199254740993 , "model": "default", "messages":[{"role":"user","content":"\\u00e9","x":1.0}],"custom":{"model":"kept"} }';
    expect((await door(rig)(body)).status).toBe(200);
    expect(rig.upstreams[0]?.hits[0]?.body.toString()).toBe(body.replace('"default"', '"model-a"'));
    expect(rig.upstreams[1]?.hits[0]?.body.toString()).toBe(body.replace('"default"', '"model-b"'));
  });

  test('usage is asked of the entry, and the extra event spared a caller who did not', async () => {
    const script = chatStream({ content: 'Hi', usage: true });
    await using rig = await startRig([script]);
    const spared = await (await door(rig)({ ...HELLO, stream: true })).text();
    const asked = await (
      await door(rig)({ ...HELLO, stream: true, stream_options: { include_usage: true, x: 1 } })
    ).text();
    expect(spared).not.toContain('"choices":[]');
    expect(asked).toContain('"choices":[]');
    const sent = rig.upstreams[0]?.hits.map(
      ({ body }) => (JSON.parse(body.toString()) as { stream_options: unknown }).stream_options,
    );
    expect(sent).toEqual([{ include_usage: true }, { include_usage: true, x: 1 }]);
    expect(rig.finished().map(({ usage }) => usage?.outputTokens)).toEqual([12, 12]);
  });

  test('a refusal of what we added is not the caller mistake, and is remembered', async () => {
    const refusal = openaiError(400, 'Unrecognized request argument supplied: stream_options');
    await using rig = await startRig([
      (request) => (request.body.includes('stream_options') ? refusal : chatStream({ content: 'Hi' })),
    ]);
    expect((await door(rig)({ ...HELLO, stream: true })).status).toBe(200);
    expect((await door(rig)({ ...HELLO, stream: true })).status).toBe(200);
    expect(rig.upstreams[0]?.hits).toHaveLength(3);
  });
});
