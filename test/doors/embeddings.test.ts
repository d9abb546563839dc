import OpenAI, { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import { createClient, SpillwayError } from '../../client/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Embeddings, EmbeddingsInput } from '../../src/domain/embeddings.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { embeddings, fieldsOf, openaiError, type Reply, type Script } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';

interface Result {
  readonly status: number;
  readonly code: string | null;
  readonly message: string;
  readonly vectors: readonly (readonly number[] | string)[] | undefined;
}

type Door = (rig: Rig, input: EmbeddingsInput) => Promise<Result>;

const answered = ({ data }: Embeddings): Result => ({
  status: 200,
  code: 'ok',
  message: '',
  vectors: data.map(({ embedding }) => embedding),
});

function failed(error: unknown): Result {
  if (error instanceof GatewayError) return { status: error.status, ...error.wire, vectors: undefined };
  if (error instanceof SpillwayError)
    return { status: error.status ?? 0, code: error.code, message: error.message, vectors: undefined };
  if (error instanceof APIError)
    return { status: Number(error.status), code: error.code ?? null, message: error.message, vectors: undefined };
  throw error;
}

function rest(fetchOf: (rig: Rig) => typeof fetch): Door {
  return async (rig, input) => {
    const response = await post(fetchOf(rig), `${rig.url}/v1/embeddings`, input);
    const body = (await response.json()) as Embeddings & { error: { code: string | null; message: string } };
    return response.ok ? answered(body) : { status: response.status, ...body.error, vectors: undefined };
  };
}

function typed(create: (rig: Rig, input: EmbeddingsInput) => Promise<Embeddings>): Door {
  return (rig, input) => create(rig, input).then(answered, failed);
}

/** The openai package. It requests base64 and decodes it, unless the input has a format. */
function openai(fetchOf: (rig: Rig) => typeof fetch): Door {
  return typed((rig, input) =>
    new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0, fetch: fetchOf(rig) }).embeddings.create({
      model: 'default',
      ...(input as { input: string[] }),
    }),
  );
}

const DOORS: Readonly<Record<string, Door>> = {
  'REST over HTTP': rest(() => fetch),
  'REST in process': rest(({ gateway }) => gateway.fetch),
  'the caller in process': typed(({ gateway }, input) => gateway.caller.embeddings.create(input)),
  'tRPC by our client': typed(({ url }, input) => createClient({ url }).embeddings.create(input)),
  'the openai package over HTTP': openai(() => fetch),
  'the openai package in process': openai(({ gateway }) => gateway.fetch),
};

const MODEL = 'text-embedding-3-small';

/** A rig whose entries have these models; all the same model unless given. */
function start(
  scripts: readonly Script[],
  { models = [], chain = {}, ...options }: RigOptions & { readonly models?: readonly string[] } = {},
): Promise<Rig> {
  const entries = scripts.map((_, index) => ({
    provider: String.fromCodePoint(97 + index),
    model: models[index] ?? MODEL,
  }));
  const chains: ConfigInput['chains'] = { default: { ...chain, entries } };
  return startRig(scripts, { ...options, config: { chains } });
}

const listOf = (data: unknown): Reply => ({
  body: { object: 'list', model: 'scripted', data, usage: { prompt_tokens: 3, total_tokens: 3 } },
});
const vectors = (...all: readonly unknown[]): Reply =>
  listOf(all.map((embedding, index) => ({ object: 'embedding', index, embedding })));
const sentTo = (rig: Rig, entry = 0): unknown[] =>
  rig.upstreams[entry]?.hits.map((hit) => fieldsOf(hit)['input']) ?? [];

const THREE = ['one', 'two', 'three'];
const NINES = vectors([9], [9], [9]);
const EIGHT = [0.25, -1.5, 3, 0.125, 7, -2, 1, 0.5];
const EIGHT_BASE64 = Buffer.from(new Float32Array(EIGHT).buffer).toString('base64');

/** Answers that would give a client wrong vectors, or none, for three inputs. */
const UNUSABLE: Readonly<Record<string, Reply>> = {
  'fewer vectors than inputs': vectors([0.1, 0.2], [0.1, 0.2]),
  'more vectors than inputs': vectors([1], [1], [1], [1]),
  'no vectors': listOf([]),
  'null as data': listOf(null),
  'a null among the vectors': listOf([null, { index: 1, embedding: [1] }, { index: 2, embedding: [1] }]),
  'an empty vector': vectors([1], [], [1]),
  'no number': vectors([1], [null], [1]),
  'two sizes': vectors([1], [1, 2], [1]),
  'cut base64': vectors('AACAPg==', 'AACAPg==', 'AACA'),
  'one index twice': listOf([0, 1, 1].map((index) => ({ index, embedding: [1] }))),
  'an error in place of a vector': listOf([
    { index: 0, embedding: [1] },
    { index: 1, error: { message: 'failed' } },
    { index: 2, embedding: [1] },
  ]),
};

/** Embeds the number in each text, for so many texts at most. */
const limited =
  (most: number, refusal: Reply): Script =>
  (request) => {
    const { input } = fieldsOf(request);
    if (Array.isArray(input) && input.length > most) return refusal;
    const all = (Array.isArray(input) ? input : [input]) as readonly string[];
    return vectors(...all.map((text) => [Number(text.replace('text ', '')), 1]));
  };

const flaky: Script = (request, n) => (n === 0 ? embeddings(request) : openaiError(503, 'overloaded'));

describe.each(Object.entries(DOORS))('%s', (_, embed) => {
  describe.each(Object.entries(UNUSABLE))('an answer with %s', (__, reply) => {
    test('fails over to the next entry', async () => {
      await using rig = await start([reply, NINES]);
      expect(await embed(rig, { input: THREE })).toMatchObject({ status: 200, vectors: { length: 3 } });
      expect(rig.finished()).toMatchObject([{ code: 'ok', provider: 'b' }]);
      expect(rig.events).toContainEqual(
        expect.objectContaining({ step: expect.objectContaining({ provider: 'a', outcome: 'malformed' }) }),
      );
    });

    test('alone is an error', async () => {
      await using rig = await start([reply]);
      const result = await embed(rig, { input: THREE });
      expect(result).toMatchObject({ status: 503, code: 'all_providers_exhausted', vectors: undefined });
    });
  });

  test('vectors that are out of order are put in the order of the inputs', async () => {
    await using rig = await start([listOf([2, 0, 1].map((index) => ({ index, embedding: [index] })))]);
    const result = await embed(rig, { input: THREE, encoding_format: 'float' });
    expect(result.vectors).toEqual([[0], [1], [2]]);
  });

  test.each([
    ['floats', EIGHT],
    ['base64', EIGHT_BASE64],
  ])('each format is answered as requested where the entry sends %s', async (__, sent) => {
    await using rig = await start([vectors(sent)]);
    expect((await embed(rig, { input: 'x' })).vectors).toEqual([EIGHT]);
    expect((await embed(rig, { input: 'x', encoding_format: 'float' })).vectors).toEqual([EIGHT]);
    expect((await embed(rig, { input: 'x', encoding_format: 'base64' })).vectors).toEqual([EIGHT_BASE64]);
    expect(rig.codes()).toEqual(['ok', 'ok', 'ok']);
  });

  test('an entry that refuses the encoding format is sent the request without it', async () => {
    const refusal = openaiError(400, "Unknown parameter: 'encoding_format'.");
    await using rig = await start([(request) => ('encoding_format' in fieldsOf(request) ? refusal : vectors(EIGHT))]);
    const input = { input: 'x', encoding_format: 'base64' } as const;
    expect((await embed(rig, input)).vectors).toEqual([EIGHT_BASE64]);
    expect((await embed(rig, input)).vectors).toEqual([EIGHT_BASE64]);
    expect(rig.upstreams[0]?.hits).toHaveLength(3);
  });

  describe('of a chain of two models', () => {
    const models = [MODEL, 'nomic-embed-text'];

    test('only the first one answers, and the error says why', async () => {
      await using rig = await start([openaiError(503, 'overloaded'), NINES], { models });
      const result = await embed(rig, { input: THREE });
      expect(result).toMatchObject({ status: 503, code: 'all_providers_exhausted' });
      expect(result.message).toContain('mixedModels: true of the chain allows them');
      expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 0]);
      expect(rig.finished()[0]?.trail).toMatchObject([
        { provider: 'b', outcome: 'skipped', message: expect.stringContaining('mixedModels') },
        { provider: 'a', outcome: 'overloaded' },
      ]);
    });

    test('both answer where the chain allows it', async () => {
      await using rig = await start([openaiError(503, 'overloaded'), NINES], { models, chain: { mixedModels: true } });
      expect(await embed(rig, { input: THREE })).toMatchObject({ status: 200, vectors: { length: 3 } });
    });

    test('the first embedding model answers behind a chat model', async () => {
      await using rig = await start([openaiError(404, 'no embeddings'), NINES], { models: ['llama-3.3-70b', MODEL] });
      expect(await embed(rig, { input: THREE })).toMatchObject({ status: 200, vectors: { length: 3 } });
      expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([0, 1]);
    });

    test('one name at two providers is one model', async () => {
      const names = [`openai/${MODEL}`, `${MODEL.toUpperCase()}:free`];
      await using rig = await start([openaiError(503, 'overloaded'), NINES], { models: names });
      expect(await embed(rig, { input: THREE })).toMatchObject({ status: 200, vectors: { length: 3 } });
    });
  });

  describe('a batch that is too large for an entry', () => {
    const inputs = Array.from({ length: 25 }, (__, index) => `text ${index}`);
    const expected = inputs.map((__, index) => [index, 1]);
    const input = { input: inputs, encoding_format: 'float' } as const;

    test.each([
      ['its number', 'batch size is invalid, it should not be larger than 10.', [25, 10, 10, 5], [10, 10, 5]],
      ['no number', 'Too many inputs in request, split into more batches.', [25, 13, 7, 7, 7, 4], [7, 7, 7, 4]],
    ])('is split after a refusal with %s, and at once the next time', async (__, message, first, second) => {
      await using rig = await start([limited(10, openaiError(400, message)), NINES]);
      const lengths = (): unknown[] => sentTo(rig).map((each) => (each as unknown[]).length);
      expect((await embed(rig, input)).vectors).toEqual(expected);
      expect(lengths()).toEqual(first);
      rig.upstreams[0]?.reset();
      expect((await embed(rig, input)).vectors).toEqual(expected);
      expect(lengths()).toEqual(second);
      expect(sentTo(rig).flat()).toEqual(inputs);
      expect(rig.finished()).toMatchObject([
        { code: 'ok', provider: 'a', usage: { input: 3 * second.length }, trail: { length: 1 } },
        { code: 'ok', provider: 'a', trail: { length: 1 } },
      ]);
    });

    test('is split at once where its limit is configured', async () => {
      const providers = { a: { models: { [MODEL]: { maxBatch: 20 } } } };
      await using rig = await start([limited(20, openaiError(400, 'no'))], { providers });
      expect((await embed(rig, input)).vectors).toEqual(expected);
      expect(sentTo(rig)).toEqual([inputs.slice(0, 20), inputs.slice(20)]);
    });

    test('is sent whole to the next entry where a part fails', async () => {
      const providers = { a: { models: { [MODEL]: { maxBatch: 20 } } } };
      await using rig = await start([flaky, limited(100, openaiError(400, 'no'))], { providers });
      expect((await embed(rig, input)).vectors).toEqual(expected);
      expect(sentTo(rig, 1)).toEqual([inputs]);
      expect(rig.finished()[0]?.trail).toMatchObject([
        { provider: 'a', outcome: 'overloaded' },
        { provider: 'b', outcome: 'answered' },
      ]);
    });
  });
});

test('chains.explain says that another model is not tried', async () => {
  await using rig = await start([NINES, NINES], { models: [MODEL, 'bge-m3'] });
  const { data } = await rig.gateway.caller.chains.explain({ operation: 'embeddings', input: THREE });
  expect(data).toMatchObject([
    { provider: 'a', action: 'try' },
    { provider: 'b', action: 'skip', reason: expect.stringContaining('mixedModels: true') },
  ]);
  const chat = await rig.gateway.caller.chains.explain({ messages: [] });
  expect(chat.data.map(({ action }) => action)).toEqual(['try', 'try']);
});

test('the model of the first entry counts, whichever entries are up and whatever the order is', async () => {
  await using rig = await start([openaiError(401, 'no'), NINES, NINES], {
    models: [MODEL, 'bge-m3', MODEL],
    chain: { policy: 'weighted' },
    clock: fakeClock(),
    random: () => 0.9,
  });
  for (let n = 0; n < 3; n++)
    expect((await post(fetch, `${rig.url}/v1/embeddings`, { input: THREE })).status).toBe(200);
  expect(rig.finished().map(({ provider }) => provider)).toEqual(['c', 'c', 'c']);
});

test('a large answer that needs no repair is passed on byte for byte', async () => {
  const data = Array.from({ length: 512 }, (_, index) => ({
    object: 'embedding',
    index,
    embedding: Array.from({ length: 768 }, (__, at) => (index * at) / 7),
  }));
  const body = `{ "object":"list", "data": ${JSON.stringify(data)},"usage":{"prompt_tokens":1,"total_tokens":1} }`;
  await using rig = await start([{ headers: { 'content-type': 'application/json' }, body }]);
  const response = await post(fetch, `${rig.url}/v1/embeddings`, { input: data.map(() => 'x') });
  expect(await response.text()).toBe(body);
});
