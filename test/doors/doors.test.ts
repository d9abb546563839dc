import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError, type Reply, responder, sse } from '../../src/testing/index.ts';
import { DOORS, type Told, textOf } from '../helpers/doors.ts';
import { HELLO, type Rig, startRig } from '../helpers/gateway.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const ROLE = chunk({ delta: { role: 'assistant', content: '' } });
const HI = chunk({ delta: { content: 'Hi' } });

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

interface Ending {
  readonly first: Reply;
  readonly second?: Reply;
  readonly told: Partial<Told>;
  /** Hits on the first and the second entry. */
  readonly hits: readonly [number, number];
}

/** Ends of a request without an answer, told before anything else was. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  'a mistake of the caller goes back as it is': {
    first: openaiError(400, 'n must be 1', { code: 'bad_n' }),
    told: { status: 400, code: 'bad_n', message: 'n must be 1', attempts: 1 },
    hits: [1, 0],
  },
  'a 422 goes back as it is': {
    first: openaiError(422, 'bad field'),
    told: { status: 422, code: null, message: 'bad field', attempts: 1 },
    hits: [1, 0],
  },
  'a filtered prompt goes back as it is': {
    first: openaiError(400, 'filtered', { code: 'content_filter' }),
    told: { status: 400, code: 'content_filter', message: 'filtered', attempts: 1 },
    hits: [1, 0],
  },
  'a chain that is down is one clear error': {
    first: openaiError(500, 'a'),
    second: openaiError(503, 'b'),
    told: { status: 503, code: 'all_providers_exhausted', attempts: 2 },
    hits: [1, 1],
  },
  'a chain that is too small says what the first one said': {
    first: openaiError(400, 'prompt is too long: 9 tokens', { code: 'x' }),
    second: openaiError(413, 'Request too large for model on tokens per minute'),
    told: { status: 400, code: 'x', message: 'prompt is too long: 9 tokens', attempts: 2 },
    hits: [1, 1],
  },
};

/** Ends of a stream that had begun. */
const BREAKS: Readonly<Record<string, { first: Reply; code: string }>> = {
  'a cut': { first: { headers: STREAM, chunks: [ROLE, HI, { delay: 20 }], end: 'fin' }, code: 'upstream_truncated' },
  'a reset': { first: { headers: STREAM, chunks: [ROLE, HI, { delay: 20 }], end: 'rst' }, code: 'upstream_truncated' },
  'an end without a finish reason': { first: { headers: STREAM, chunks: [ROLE, HI] }, code: 'upstream_truncated' },
  'an end mark without a finish reason': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse('[DONE]')] },
    code: 'upstream_truncated',
  },
  'an error event': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: 'boom', code: 'broken' } })] },
    code: 'broken',
  },
  'an error with a number for its code': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: 'boom', code: 500 } })] },
    code: '500',
  },
};

const hitsOf = ({ upstreams }: Rig): number[] => upstreams.map(({ hits }) => hits.length);
const hidden = ({ events }: Rig): unknown[] => events.filter(({ kind }) => kind === 'raw_face_hidden');

describe.each(Object.entries(DOORS))('%s', (_, door) => {
  test.each(Object.entries(SPILLS))('whole: %s spills to the second entry', async (__, first) => {
    await using rig = await startRig([first, chatCompletion({ content: 'served' })]);
    const told = await door.create(rig, HELLO);
    expect(told).toMatchObject({ code: 'ok', value: { choices: [{ message: { content: 'served' } }] } });
    expect(hitsOf(rig)).toEqual([1, 1]);
    expect(rig.finished()).toMatchObject([{ code: 'ok', provider: 'b', usage: { inputTokens: 9 } }]);
  });

  test.each(Object.entries({ ...SPILLS, ...STREAM_SPILLS }))(
    'stream: %s spills to the second entry',
    async (__, first) => {
      await using rig = await startRig([first, chatStream({ content: 'all of it' })]);
      const told = await door.stream(rig, HELLO);
      expect([told.code, textOf(told)]).toEqual(['ok', 'all of it']);
      expect(told.chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1);
      expect(hitsOf(rig)).toEqual([1, 1]);
      expect(hidden(rig)).toEqual([]);
      expect(await rig.ended()).toMatchObject({ code: 'ok', provider: 'b' });
      expect(rig.finished()).toHaveLength(1);
    },
  );

  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each(Object.entries(ENDINGS))(
      '%s',
      async (__, { first, second = chatCompletion({ content: 'b' }), told, hits }) => {
        await using rig = await startRig([first, second]);
        expect(await door[way](rig, HELLO)).toMatchObject({ ...told, chunks: [], value: undefined });
        expect(hitsOf(rig)).toEqual(hits);
        expect(rig.finished()).toHaveLength(1);
      },
    );

    test('an unknown model is a 404 that names what there is', async () => {
      await using rig = await startRig([chatCompletion({ content: 'x' })]);
      expect(await door[way](rig, { ...HELLO, model: 'defualt' })).toMatchObject({
        status: 404,
        code: 'model_not_found',
        message: expect.stringContaining('default'),
      });
      expect(hitsOf(rig)).toEqual([0]);
    });

    test('an input that is wrong is a 400 that names the field', async () => {
      await using rig = await startRig([chatCompletion({ content: 'x' })]);
      expect(await door[way](rig, { messages: 7 } as never)).toMatchObject({
        status: 400,
        code: 'invalid_request',
        message: expect.stringContaining('messages'),
      });
      expect(hitsOf(rig)).toEqual([0]);
      expect(rig.finished()).toMatchObject([{ status: 400, code: 'invalid_request' }]);
    });

    test('a draining gateway refuses with its own code', async () => {
      await using rig = await startRig([chatCompletion({ content: 'x' })]);
      rig.gateway.drain();
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 503, code: 'shutting_down' });
      expect(hitsOf(rig)).toEqual([0]);
    });
  });

  test.each(Object.entries(BREAKS))(
    'after the first token %s is told and nothing is asked again',
    async (__, { first, code }) => {
      await using rig = await startRig([first, chatStream({ content: 'never' })]);
      const told = await door.stream(rig, HELLO);
      expect([told.status, told.code, textOf(told)]).toEqual([502, code, 'Hi']);
      expect(hitsOf(rig)).toEqual([1, 0]);
      expect((await rig.ended()).code).toMatch(/^upstream_/);
      expect(rig.finished()).toHaveLength(1);
    },
  );

  const drops = responder({ content: 'drop '.repeat(500), delay: 5 });
  const hang: Reply = { head: false, end: 'hang' };

  test('an abort in the middle of a stream ends the upstream, and the caller is told no more', async () => {
    await using rig = await startRig([drops, chatStream({ content: 'never' })]);
    const controller = new AbortController();
    const left = door.stream(rig, HELLO, {
      signal: controller.signal,
      onChunk: ({ choices }) => choices[0]?.delta.content === 'drop ' && controller.abort(),
    });
    const told = await left.catch(() => undefined);
    expect(told === undefined || !textOf(told).includes('drop '.repeat(100))).toBe(true);
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect(hitsOf(rig)).toEqual([1, 0]);
  });

  test.each(['create', 'stream'] as const)('an abort before the answer of %s ends the upstream', async (way) => {
    await using rig = await startRig([hang, chatStream({ content: 'never' })]);
    const controller = new AbortController();
    const left = door[way](rig, HELLO, { signal: controller.signal }).catch(() => undefined);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    controller.abort();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed', status: 499 });
    expect(hitsOf(rig)).toEqual([1, 0]);
    await left;
  });

  test('every field of the caller reaches the entry but for the model', async () => {
    await using rig = await startRig([openaiError(500, 'no'), responder({ content: 'x' })]);
    const input = { ...HELLO, custom: { model: 'kept' }, temperature: 0.5 };
    await door.create(rig, input);
    await door.stream(rig, input);
    const [whole, streamed] = rig.upstreams[1]?.hits.map(({ body }) => JSON.parse(body.toString()) as object) ?? [];
    expect(whole).toEqual({ ...input, model: 'model-b' });
    expect(streamed).toEqual({ ...input, model: 'model-b', stream: true, stream_options: { include_usage: true } });
  });

  test('usage is asked of the entry, and the extra event spared a caller who did not', async () => {
    await using rig = await startRig([chatStream({ content: 'Hi', usage: true })]);
    const spared = await door.stream(rig, HELLO);
    const asked = await door.stream(rig, { ...HELLO, stream_options: { include_usage: true, x: 1 } });
    expect([spared, asked].map(({ chunks }) => chunks.filter(({ choices }) => choices.length === 0).length)).toEqual([
      0, 1,
    ]);
    const sent = rig.upstreams[0]?.hits.map(
      ({ body }) => (JSON.parse(body.toString()) as { stream_options: unknown }).stream_options,
    );
    expect(sent).toEqual([{ include_usage: true }, { include_usage: true, x: 1 }]);
    await rig.ended(1);
    expect(rig.finished().map(({ usage }) => usage?.outputTokens)).toEqual([12, 12]);
  });

  test('a refusal of what we added is not the caller mistake, and is remembered', async () => {
    const refusal = openaiError(400, 'Unrecognized request argument supplied: stream_options');
    await using rig = await startRig([
      (request) => (request.body.includes('stream_options') ? refusal : chatStream({ content: 'Hi' })),
    ]);
    expect((await door.stream(rig, HELLO)).code).toBe('ok');
    expect((await door.stream(rig, HELLO)).code).toBe('ok');
    expect(rig.upstreams[0]?.hits).toHaveLength(3);
  });
});
