import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { describe, expect, test } from 'vitest';
import { chatCompletion, chunk, openaiError, responder, type Reply } from '../../src/testing/index.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** OpenAI's client, over a socket and through the gateway's own fetch. */
const CLIENTS: Readonly<Record<string, (rig: Rig, apiKey?: string) => OpenAI>> = {
  'over HTTP': (rig, apiKey = 'x') => new OpenAI({ baseURL: `${rig.url}/v1`, apiKey, maxRetries: 0 }),
  'in process': (rig, apiKey = 'x') =>
    new OpenAI({ baseURL: 'http://spillway/v1', apiKey, maxRetries: 0, fetch: rig.gateway.fetch }),
};

const message = { role: 'user', content: 'Hello' } as const;
const answering = responder({ content: 'Hello to you too.' });

describe.each(Object.entries(CLIENTS))('the openai package %s', (_, client) => {
  test('creates a completion', async () => {
    await using rig = await startRig([openaiError(503, 'busy'), answering]);
    const completion = await client(rig).chat.completions.create({ model: 'default', messages: [message] });
    expect(completion.choices[0]?.message.content).toBe('Hello to you too.');
    expect(completion.usage?.total_tokens).toBe(21);
  });

  test('streams a completion', async () => {
    await using rig = await startRig([openaiError(503, 'busy'), answering]);
    const stream = await client(rig).chat.completions.create({ model: 'default', messages: [message], stream: true });
    let text = '';
    for await (const piece of stream) text += piece.choices[0]?.delta.content ?? '';
    expect(text).toBe('Hello to you too.');
  });

  test('makes embeddings', async () => {
    await using rig = await startRig([openaiError(500, 'no'), answering], { chain: { mixedModels: true } });
    const { data } = await client(rig).embeddings.create({
      model: 'default',
      input: ['a', 'b'],
      encoding_format: 'float',
    });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.25, -0.5, 0],
      [0.25, -0.5, 1],
    ]);
  });

  test('lists and retrieves models', async () => {
    await using rig = await startRig([answering]);
    const listed = (await client(rig).models.list()).data.map(({ id }) => id);
    expect(listed).toEqual(['default', 'a/model-a']);
    expect((await client(rig).models.retrieve('a/model-a')).id).toBe('a/model-a');
    await expect(client(rig).models.retrieve('b/model-b')).rejects.toThrow(NotFoundError);
  });

  test.each([
    ['a bad request', openaiError(400, 'wrong'), BadRequestError, 400],
    ['an exhausted chain', openaiError(500, 'no'), InternalServerError, 503],
  ] as const)('throws the class of the status for %s', async (__, first, kind, status) => {
    await using rig = await startRig([first]);
    const failed = client(rig).chat.completions.create({ model: 'default', messages: [message] });
    await expect(failed).rejects.toThrow(kind);
    await expect(failed).rejects.toMatchObject({ status });
  });

  test('throws when a stream is cut off after its first token', async () => {
    const broken: Reply = {
      headers: { 'content-type': 'text/event-stream' },
      chunks: [chunk({ delta: { content: 'Hi' } }), { delay: 20 }],
      end: 'rst',
    };
    await using rig = await startRig([broken]);
    const stream = await client(rig).chat.completions.create({ model: 'default', messages: [message], stream: true });
    const reading = (async () => {
      for await (const piece of stream) expect(piece.choices[0]?.delta.content).toBe('Hi');
    })();
    await expect(reading).rejects.toThrow(APIError);
  });

  test('aborts, which closes the upstream exchange', async () => {
    await using rig = await startRig([responder({ content: 'word '.repeat(500), delay: 5 })]);
    const stream = await client(rig).chat.completions.create({ model: 'default', messages: [message], stream: true });
    for await (const piece of stream) if (piece.choices[0]?.delta.content === 'word ') break;
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  });
});

const KEYS: RigOptions = {
  config: {
    auth: {
      keys: [
        { name: 'ci', key: 'spillway-key-one' },
        { name: 'other', key: 'spillway-key-two', chains: ['elsewhere'] },
      ],
    },
    providers: { a: { baseUrl: 'http://127.0.0.1:1/v1' } },
    chains: { default: { entries: ['a/m'] }, elsewhere: { entries: ['a/n'] } },
  },
};

test('a wrong key is an authentication error, and nothing is sent upstream', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })], KEYS);
  for (const key of ['spillway-key-on', 'spillway-key-one2', 'x']) {
    await expect(CLIENTS['over HTTP']?.(rig, key).models.list()).rejects.toThrow(AuthenticationError);
  }
  expect(rig.upstreams[0]?.hits).toEqual([]);
});

test('a key lists and uses only its own chains', async () => {
  await using rig = await startRig([], KEYS);
  const restricted = CLIENTS['over HTTP']?.(rig, 'spillway-key-two');
  expect((await restricted?.models.list())?.data.map(({ id }) => id)).toEqual(['elsewhere']);
  await expect(restricted?.chat.completions.create({ model: 'default', messages: [message] })).rejects.toThrow(
    NotFoundError,
  );
  expect((await CLIENTS['over HTTP']?.(rig, 'spillway-key-one').models.list())?.data).toHaveLength(4);
});

test('the caller in process is typed, and throws errors with codes', async () => {
  await using rig = await startRig([openaiError(500, 'no'), answering]);
  const { caller } = rig.gateway;
  expect((await caller.chat.completions.create(HELLO)).choices[0]?.message.content).toBe('Hello to you too.');
  let text = '';
  for await (const piece of await caller.chat.completions.stream(HELLO)) text += piece.choices[0]?.delta.content ?? '';
  expect(text).toBe('Hello to you too.');
  expect((await caller.models.list()).data).toHaveLength(3);
  await expect(caller.chat.completions.create({ ...HELLO, model: 'nowhere' })).rejects.toMatchObject({
    name: 'GatewayError',
    code: 'model_not_found',
  });
});
