import OpenAI, { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import { createClient, SpillwayError } from '../../client/index.ts';
import { chatCompletion, chatStream, openaiError, type Reply, sse } from '../../src/testing/index.ts';
import { DOORS, type WireError } from '../helpers/doors.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { eventsOf, requestStream } from '../faults/wire.ts';
import { DONE, HI, JSON_TYPE, ROLE, STREAM } from './replies.ts';

const PLAIN = { 'content-type': 'text/plain' };

/** Refusals of the client's own request, as they go back, with the type that clients get. */
const REFUSALS: Readonly<Record<string, { readonly reply: Reply; readonly error: Partial<WireError> }>> = {
  // Without an error in JSON, it comes from a proxy in between.
  'plain text': {
    reply: { status: 400, headers: PLAIN, body: 'n must be 1' },
    error: { type: 'upstream_error', param: null, code: 'all_providers_exhausted' },
  },
  'an empty body': { reply: { status: 400, body: '' }, error: { type: 'upstream_error', param: null } },
  'an empty object': {
    reply: { status: 422, body: {} },
    error: { message: 'The provider answered with status 422.', type: 'invalid_request_error', code: null },
  },
  'Gemini’s shape': {
    reply: { status: 400, body: [{ error: { code: 400, message: 'n must be 1', status: 'INVALID_ARGUMENT' } }] },
    error: { message: 'n must be 1', type: 'invalid_request_error', param: null, code: '400' },
  },
  'FastAPI’s detail': {
    reply: { status: 422, body: { detail: [{ loc: ['body', 'n'], msg: 'must be 1' }] } },
    error: { message: 'body.n: must be 1', type: 'invalid_request_error', param: null, code: null },
  },
  'an error as a string': {
    reply: { status: 400, body: { error: 'n must be 1' } },
    error: { message: 'n must be 1', type: 'invalid_request_error' },
  },
  'members of other types': {
    reply: { status: 400, body: { error: { message: 'n must be 1', type: null, param: ['n'], code: {} } } },
    error: { message: 'n must be 1', type: 'invalid_request_error', param: null, code: null },
  },
  'empty members': {
    reply: { status: 400, body: { error: { message: ' ', type: ' ', param: '', code: '' } } },
    error: {
      message: 'The provider answered with status 400.',
      type: 'invalid_request_error',
      param: null,
      code: null,
    },
  },
  'a type of the provider’s own': {
    reply: { status: 400, body: { error: { message: 'n must be 1', type: 'value_error', param: 'n', code: 'bad_n' } } },
    error: { message: 'n must be 1', type: 'value_error', param: 'n', code: 'bad_n' },
  },
};

/** Errors after the first token, as streams report them. */
const BREAKS: Readonly<Record<string, string>> = {
  'a bare message': sse({ error: { message: 'boom' } }),
  'a string': sse({ error: 'boom' }),
  'an empty error': 'event: error\ndata: {}\n\n',
  'plain text': 'event: error\ndata: boom\n\n',
  'members of other types': sse({ error: { message: 7, type: null, param: {}, code: [] } }),
};

function expectShape(error: WireError | undefined): void {
  expect(error).toBeDefined();
  const { message = '', type, param, code } = error ?? { code: null };
  expect(message.trim()).not.toBe('');
  expect(type).toEqual(expect.stringMatching(/\S/));
  for (const each of [param, code]) expect(each === null || (typeof each === 'string' && each !== '')).toBe(true);
}

/** A rig whose stream was opened early before the upstream replies, with what was pending. */
async function openedEarly<T>(reply: Reply, send: (rig: Rig) => Promise<T>) {
  const clock = fakeClock();
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const rig = await startRig([() => promise], { clock, chain: { openAfter: '20s', timeouts: { headers: '25s' } } });
  const pending = send(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  clock.advance(20_000);
  return { rig, pending, release: () => resolve(reply) };
}

describe.each(Object.entries(DOORS))('%s', (name, door) => {
  test('a refused parameter of an open-early stream has all four members', async () => {
    const reply = { status: 400, body: { error: 'n must be 1' } };
    const { rig, pending, release } = await openedEarly(reply, (sent) => door.stream(sent, HELLO));
    await using _ = rig;
    release();
    const { error } = await pending;
    expect(error).toMatchObject({ message: 'n must be 1', type: 'invalid_request_error', param: null, code: null });
  });

  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each(Object.entries(REFUSALS))('a refusal of %s has all four members', async (__, { reply, error }) => {
      await using rig = await startRig([reply]);
      const result = await door[way](rig, HELLO);
      expect(result.error).toMatchObject(error);
      expectShape(result.error);
    });

    test.each([
      ['an unknown model', { ...HELLO, model: 'x' }, 'invalid_request_error'],
      ['a wrong input', { model: 'default', messages: 7 } as never, 'invalid_request_error'],
      ['an exhausted chain', HELLO, 'upstream_error'],
    ])('%s has all four members', async (__, input, type) => {
      await using rig = await startRig([{ status: 500, body: '' }]);
      const { error } = await door[way](rig, input);
      expectShape(error);
      expect(error?.type).toBe(type);
    });

    test('an exhausted chain has outcomes, but neither names nor words of providers in its message', async () => {
      const words = "This model's maximum context length is 10 tokens. Rate limit reached.";
      await using rig = await startRig([openaiError(500, 'Rate limit reached.'), openaiError(429, words)]);
      const { error } = await door[way](rig, HELLO);
      expect(error).toMatchObject({
        message: 'No entry could answer: 1 overloaded, 1 throttled.',
        chain: 'default',
        attempts: [
          { provider: 'a', model: 'model-a', outcome: 'overloaded', status: 500 },
          { provider: 'b', model: 'model-b', outcome: 'throttled', status: 429 },
        ],
      });
      // The process itself sees them.
      if (!name.includes('in process')) expect(JSON.stringify(error)).not.toMatch(/maximum context|rate[\s_-]*limit/i);
    });

    test('secrets and internal hosts of a provider’s error are neither in the error nor in its trail', async () => {
      const text =
        'no {"client_secret":"hunter2"} password=hunter2 at http://vllm.internal:8000/v1, see https://x.example/y';
      const clean = 'no {"client_secret":"***"} password=*** at http://***/v1, see https://x.example/y';
      await using rig = await startRig([openaiError(400, text), openaiError(422, text)]);
      const { error } = await door[way](rig, HELLO);
      expect(error?.message).toBe(clean);
      const { trail } = rig.finished()[0] ?? {};
      expect(trail?.map(({ message }) => message)).toEqual([clean, clean]);
      expect(JSON.stringify([error, rig.events])).not.toMatch(/hunter2|vllm/);
    });
  });

  test.each(Object.entries(BREAKS))('%s after the first token has all four members', async (__, last) => {
    await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI, last, DONE] }]);
    const { error } = await door.stream(rig, HELLO);
    expectShape(error);
    expect(error?.type).toBe('upstream_error');
  });
});

const KEYS = {
  auth: {
    keys: [
      { name: 'operator', key: 'spillway-key-admin', role: 'admin' as const },
      { name: 'viewer', key: 'spillway-key-viewer', role: 'viewer' as const },
      { name: 'app', key: 'spillway-key-caller' },
    ],
  },
};

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const failed = (sent: Promise<unknown>): Promise<unknown> => sent.catch((error: unknown) => error);

/** The trail of an exhausted chain, for a client with these headers. */
async function trailFor(rig: Rig, headers: Record<string, string>): Promise<readonly object[]> {
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers });
  expect(response.status).toBe(503);
  const { error } = (await response.json()) as { error: { attempts: object[] } };
  return error.attempts;
}

describe('the trail', () => {
  test.each([
    ['a caller', bearer('spillway-key-caller'), false],
    ['a viewer', bearer('spillway-key-viewer'), false],
    ['a caller that asks for it', { ...bearer('spillway-key-caller'), 'x-spillway-include': 'trail' }, true],
    ['an admin', bearer('spillway-key-admin'), true],
  ])('of %s has the providers’ messages where they are wanted (%o)', async (_, headers, has) => {
    await using rig = await startRig([openaiError(500, 'oops')], { config: KEYS });
    const [step] = await trailFor(rig, headers);
    expect(step).toEqual({
      provider: 'a',
      model: 'model-a',
      outcome: 'overloaded',
      status: 500,
      ...(has ? { message: 'oops' } : {}),
      duration_ms: expect.any(Number),
    });
    // Records have all of it.
    expect(rig.finished()[0]?.trail[0]?.message).toBe('oops');
  });

  test('of a local client without keys has them on request only', async () => {
    await using rig = await startRig([openaiError(500, 'oops')]);
    expect((await trailFor(rig, {}))[0]).not.toHaveProperty('message');
    for (const value of ['trail', ' trail ', 'trail,trail', ',trail'])
      expect((await trailFor(rig, { 'x-spillway-include': value }))[0]).toHaveProperty('message', 'oops');
  });

  test('has the reason of a skip as a code, and in a sentence on request only', async () => {
    await using rig = await startRig([openaiError(429, 'slow', { headers: { 'retry-after': '30' } })]);
    await trailFor(rig, {});
    expect(await trailFor(rig, {})).toEqual([
      { provider: 'a', model: 'model-a', outcome: 'skipped', reason: 'cooling_down' },
    ]);
    const [step] = await trailFor(rig, { 'x-spillway-include': 'trail' });
    expect(step).toMatchObject({ reason: 'cooling_down', message: expect.stringMatching(/^cooling down for another/) });
  });

  test('of our client, and of the caller in process, has them by the option `include`', async () => {
    await using rig = await startRig([openaiError(500, 'oops')]);
    const { completions } = createClient({ url: rig.url }).chat;
    expect(await failed(completions.create(HELLO))).toMatchObject({ attempts: [{ outcome: 'overloaded' }] });
    expect(JSON.stringify(await failed(completions.create(HELLO)))).not.toContain('oops');
    const asked = { attempts: [{ message: 'oops' }] };
    expect(await failed(completions.create(HELLO, { include: ['trail'] }))).toMatchObject(asked);
    await expect(Array.fromAsync(completions.stream(HELLO, { include: ['trail'] }))).rejects.toMatchObject(asked);
    const own = rig.gateway.caller.chat.completions.create(HELLO, { include: ['trail'] });
    expect(await failed(own)).toMatchObject({ details: asked });
  });

  test('is also without messages where the error ends a stream that was opened early', async () => {
    const { rig, pending, release } = await openedEarly(openaiError(500, 'oops'), requestStream);
    await using _ = rig;
    const response = await pending;
    expect(response.status).toBe(200);
    release();
    const text = await response.text();
    expect(eventsOf(text).at(-1)).toMatchObject({ error: { attempts: [{ outcome: 'overloaded' }] } });
    expect(text).not.toContain('oops');
  });
});

test.each(['everything', 'trail,prices', 'Trail', 'trail;all'])(
  'x-spillway-include: %s is refused through both wires',
  async (value) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const headers = { 'x-spillway-include': value };
    const rest = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers });
    expect([rest.status, await rest.json()]).toMatchObject([400, { error: { code: 'unknown_option' } }]);
    const trpc = await post(fetch, `${rig.url}/trpc/chat.completions.create`, HELLO, { headers });
    expect([trpc.status, await trpc.json()]).toMatchObject([400, { error: { data: { code: 'unknown_option' } } }]);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  },
);

const client = (rig: Rig): OpenAI => new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0 });

async function errorOf(work: Promise<unknown>): Promise<APIError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof APIError) return error;
  throw new Error('no API error', { cause: error });
}

describe('the `openai` package', () => {
  const params = { model: 'default', messages: [{ role: 'user' as const, content: 'Hello' }] };

  test('reads the members of every error', async () => {
    await using plain = await startRig([{ status: 400, body: { error: 'n must be 1' } }]);
    expect(await errorOf(client(plain).chat.completions.create(params))).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: '400 n must be 1',
    });
    const unknown = await errorOf(client(plain).chat.completions.create({ ...params, messages: [], model: 'x' }));
    expect(unknown).toMatchObject({ status: 400, type: 'invalid_request_error', code: 'invalid_request' });
    const model = await errorOf(client(plain).chat.completions.create({ ...params, model: 'x' }));
    expect(model).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      error: { models: ['default', 'a/model-a'] },
    });
  });

  test('reads the members of an error in a stream', async () => {
    await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI, sse({ error: 'boom' })] }]);
    const stream = await client(rig).chat.completions.create({ ...params, stream: true });
    expect(await errorOf(Array.fromAsync(stream))).toMatchObject({ type: 'upstream_error', message: 'boom' });
  });

  test('gets a longer wait with each exhausted request, and the shortest again after a success', async () => {
    const clock = fakeClock();
    let down = true;
    const script = (): Reply =>
      down ? { status: 503, headers: JSON_TYPE, body: '{}' } : chatCompletion({ content: 'x' });
    await using rig = await startRig([script], { clock });
    const waitOf = async (): Promise<number> => {
      const { headers } = await errorOf(client(rig).chat.completions.create(params));
      const seconds = Number(headers?.get('retry-after'));
      clock.advance(seconds * 1000);
      return seconds;
    };
    const waits = [];
    for (let n = 0; n < 8; n++) waits.push(await waitOf());
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    down = false;
    expect(await client(rig).chat.completions.create(params)).toMatchObject({ object: 'chat.completion' });
    down = true;
    expect(await waitOf()).toBe(1);
  });
});

test('our client’s error has the names of models that may be used', async () => {
  await using rig = await startRig([chatStream({ content: 'x' })]);
  const { completions } = createClient({ url: rig.url }).chat;
  const expected = { code: 'model_not_found', models: ['default', 'a/model-a'] };
  await expect(completions.create({ ...HELLO, model: 'x' })).rejects.toMatchObject(expected);
  await expect(Array.fromAsync(completions.stream({ ...HELLO, model: 'x' }))).rejects.toMatchObject(expected);
  await expect(createClient({ url: rig.url }).models.retrieve({ model: 'x' })).rejects.toMatchObject(expected);
  const other: unknown = await completions.create({ ...HELLO, messages: [] }).catch((error: unknown) => error);
  expect(other).toBeInstanceOf(SpillwayError);
  expect(other).toMatchObject({ models: undefined });
});
