import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { ChatInput } from '../../src/domain/chat.ts';
import {
  chatCompletion,
  openaiError,
  type Reply,
  responder,
  type Script,
  fieldsOf,
  type ScriptedRequest,
  type ScriptedUpstream,
} from '../../src/testing/index.ts';
import { API_DOORS, DOORS } from '../helpers/doors.ts';
import { hitsOf, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

type Fields = Readonly<Record<string, unknown>>;
type Entries = ConfigInput['chains'][string]['entries'];

const bodiesOf = (upstream: ScriptedUpstream | undefined): Fields[] => (upstream?.hits ?? []).map(fieldsOf);
const providerOf = (rig: Rig): unknown => rig.finished().at(-1)?.provider;

/** A rig whose chain `default` has these entries. */
function withEntries(entries: Entries, more: Partial<ConfigInput> = {}): RigOptions {
  return { config: { chains: { default: { entries } }, ...more } };
}

const ANSWER = responder({ content: 'x' });

/** A provider that refuses a body with this field. */
function refusing(field: string, error: object = {}): (request: ScriptedRequest) => Reply {
  const body = {
    error: {
      message: `Unsupported parameter: '${field}' is not supported with this model.`,
      type: 'invalid_request_error',
      param: field,
      code: 'unsupported_parameter',
      ...error,
    },
  };
  return (request) => (Object.hasOwn(fieldsOf(request), field) ? { status: 400, body } : ANSWER(request));
}

/** A stream that ends without its last event. */
const CUT: Script = (request) => {
  const reply = ANSWER(request);
  return { ...reply, chunks: (reply.chunks ?? []).slice(0, -1), end: 'fin' };
};

const PARAMETERS = {
  default: { temperature: 0.2, max_tokens: 1000, metadata: { team: 'a' } },
  max: { max_tokens: 4096, top_p: 0.5 },
  set: { reasoning_effort: 'low', seed: null },
};

/** What a client sends beside HELLO, and what of it reaches the provider. */
const SENT: Readonly<Record<string, readonly [Partial<ChatInput>, Fields]>> = {
  nothing: [{}, { temperature: 0.2, max_tokens: 1000, metadata: { team: 'a' }, reasoning_effort: 'low' }],
  'everything, within the bounds': [
    {
      temperature: 0,
      max_completion_tokens: 5,
      metadata: {},
      top_p: 0.1,
      reasoning_effort: 'high',
      seed: 7,
      logit: [1],
    },
    { temperature: 0, max_completion_tokens: 5, metadata: {}, top_p: 0.1, reasoning_effort: 'low', logit: [1] },
  ],
  'too much': [
    { max_completion_tokens: 99_999, top_p: 0.9 },
    { temperature: 0.2, max_completion_tokens: 4096, top_p: 0.5, metadata: { team: 'a' }, reasoning_effort: 'low' },
  ],
  'null for absent': [
    { temperature: null, max_tokens: null },
    { temperature: 0.2, max_tokens: 1000, metadata: { team: 'a' }, reasoning_effort: 'low' },
  ],
};

describe.each(Object.entries(API_DOORS))('%s', (_, door) => {
  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each(Object.entries(SENT))('the parameters of an entry are merged into %s', async (__, [own, expected]) => {
      await using rig = await startRig(
        [ANSWER],
        withEntries([{ provider: 'a', model: 'model-a', parameters: PARAMETERS }]),
      );
      expect(await door[way](rig, { ...HELLO, ...own })).toMatchObject({ code: 'ok' });
      const { model, messages, stream, stream_options: options, ...rest } = bodiesOf(rig.upstreams[0])[0] ?? {};
      expect([model, messages]).toEqual(['model-a', HELLO.messages]);
      expect([stream, options]).toEqual(way === 'stream' ? [true, { include_usage: true }] : [undefined, undefined]);
      expect(rest).toEqual(expected);
    });

    test('the next entry gets the client’s own values and its own parameters', async () => {
      await using rig = await startRig(
        [openaiError(500, 'oops'), ANSWER],
        withEntries([
          { provider: 'a', model: 'm', parameters: { set: { temperature: 0, top_p: null } } },
          { provider: 'b', model: 'm', parameters: { default: { n: 1 } } },
        ]),
      );
      expect(await door[way](rig, { ...HELLO, temperature: 1, top_p: 0.5 })).toMatchObject({ code: 'ok' });
      expect(rig.upstreams.map((upstream) => bodiesOf(upstream)[0])).toMatchObject([
        { temperature: 0 },
        { temperature: 1, top_p: 0.5, n: 1 },
      ]);
      expect(bodiesOf(rig.upstreams[0])[0]).not.toHaveProperty('top_p');
    });

    test('a default that the provider refuses is left out, at once and from then on', async () => {
      await using rig = await startRig(
        [refusing('temperature'), ANSWER],
        withEntries([{ provider: 'a', model: 'm', parameters: { default: { temperature: 1, top_p: 1 } } }, 'b/m']),
      );
      for (let n = 0; n < 2; n++) expect(await door[way](rig, HELLO)).toMatchObject({ code: 'ok' });
      expect(bodiesOf(rig.upstreams[0]).map((body) => [body['temperature'], body['top_p']])).toEqual([
        [1, 1],
        [undefined, 1],
        [undefined, 1],
      ]);
      expect(hitsOf(rig)).toEqual([3, 0]);
    });

    test.each([
      ['as unknown', {}],
      ['for its value', { code: 'invalid_value', message: 'temperature must be at most 1' }],
      ['within it', { param: 'temperature.x', code: null, message: 'no' }],
    ])('a value that is set and that the provider refuses %s makes the next entry answer', async (__, error) => {
      await using rig = await startRig(
        [refusing('temperature', error), ANSWER],
        withEntries([{ provider: 'a', model: 'm', parameters: { set: { temperature: 9 } } }, 'b/m']),
      );
      for (let n = 0; n < 2; n++) {
        expect(await door[way](rig, HELLO)).toMatchObject({ code: 'ok' });
        expect(providerOf(rig)).toBe('b');
      }
      expect(hitsOf(rig)).toEqual([2, 2]);
    });

    test('a value that is set and that every provider refuses is no mistake of the client', async () => {
      await using rig = await startRig(
        [refusing('temperature')],
        withEntries([{ provider: 'a', model: 'm', parameters: { set: { temperature: 9 } } }]),
      );
      for (let n = 0; n < 2; n++)
        expect(await door[way](rig, HELLO)).toMatchObject({
          status: 503,
          code: 'all_providers_exhausted',
          attempts: 1,
        });
    });
  });
});

test('a bound holds for every occurrence of a field that a body repeats, under either name', async () => {
  await using rig = await startRig([ANSWER], {
    ...withEntries([{ provider: 'a', model: 'm', parameters: { max: { max_tokens: 4096 } } }]),
  });
  const own = '"model":"default","messages":[{"role":"user","content":"hi"}]';
  const post = (path: string, body: string): Promise<Response> =>
    fetch(`${rig.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  for (const path of ['/v1/chat/completions', '/trpc/chat.completions.create'])
    for (const fields of [
      '"max_completion_tokens":99999,"max_completion_tokens":5',
      '"max_tokens":99999,"max_completion_tokens":99999,"max_tokens":5',
      '"max_completion_tokens":0,"max_tokens":-1,"max_completion_tokens":5',
    ])
      expect((await post(path, `{${own},${fields}}`)).status).toBe(200);
  const sent = (rig.upstreams[0]?.hits ?? []).flatMap(({ body }) =>
    [...body.toString().matchAll(/"max_(?:completion_)?tokens":(-?\d+)/g)].map(([, value]) => Number(value)),
  );
  expect(sent).toHaveLength(16);
  for (const value of sent) expect([5, 4096]).toContain(value);
});

const PAIR: Entries = ['a/m'];

test('the parameters of a provider’s model reach every entry of it, and those of an entry win', async () => {
  const models = { m: { parameters: { default: { temperature: 0.1, top_p: 0.1 }, max: { max_tokens: 10 } } } };
  await using rig = await startRig([ANSWER], {
    providers: { a: { models: { ...models, '*': { parameters: { set: { user: 'any' } } } } } },
    config: {
      chains: {
        plain: { entries: PAIR },
        own: {
          entries: [{ provider: 'a', model: 'm', parameters: { set: { temperature: 1 }, max: { max_tokens: 20 } } }],
        },
      },
      defaults: {},
    },
  });
  for (const model of ['plain', 'own', 'a/other'])
    await rig.gateway.caller.chat.completions.create({ ...HELLO, model, max_tokens: 99 });
  expect(bodiesOf(rig.upstreams[0])).toMatchObject([
    { temperature: 0.1, top_p: 0.1, max_tokens: 10 },
    { temperature: 1, top_p: 0.1, max_tokens: 20 },
    { user: 'any', max_tokens: 99 },
  ]);
});

test('a value of the operator is sent although the preset removes the field, under the name that the provider knows', async () => {
  await using rig = await startRig([ANSWER], {
    provider: { preset: 'mistral' },
    ...withEntries([
      {
        provider: 'a',
        model: 'm',
        parameters: { default: { logprobs: true }, set: { seed: 5, user: null }, max: { max_tokens: 10 } },
      },
    ]),
  });
  await rig.gateway.caller.chat.completions.create({
    ...HELLO,
    user: 'u',
    seed: 1,
    logit_bias: {},
    max_completion_tokens: 50,
  });
  const { model: _, messages: __, ...rest } = bodiesOf(rig.upstreams[0])[0] ?? {};
  expect(rest).toEqual({ logprobs: true, random_seed: 5, max_tokens: 10 });
});

test('a default for a field that the preset removes is sent, and a value of the client is removed as without it', async () => {
  await using rig = await startRig([ANSWER], {
    provider: { preset: 'mistral' },
    ...withEntries([{ provider: 'a', model: 'm', parameters: { default: { logprobs: true } } }]),
  });
  await rig.gateway.caller.chat.completions.create(HELLO);
  await rig.gateway.caller.chat.completions.create({ ...HELLO, logprobs: false });
  expect(bodiesOf(rig.upstreams[0]).map((body) => body['logprobs'])).toEqual([true, undefined]);
});

test('every other byte of a body stays', async () => {
  await using rig = await startRig(
    [ANSWER],
    withEntries([{ provider: 'a', model: 'm', parameters: { max: { n: 2 }, set: { seed: null } } }]),
  );
  const body = `{ "model" : "default",\n"messages":${JSON.stringify(HELLO.messages)}, "seed":9007199254740993 ,"n": 3, "big":9007199254740993, "e":"\\u00e9" }`;
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, body);
  expect(response.status).toBe(200);
  expect(rig.upstreams[0]?.hits[0]?.body.toString()).toBe(
    body.replace('"default"', '"m"').replace('"seed":9007199254740993 ,', '').replace('"n": 3', '"n": 2'),
  );
});

test('a bound on the answer is what is reserved where the provider reserves answers in advance', async () => {
  const limits = { tokensPerMinute: 2000 };
  await using rig = await startRig([ANSWER], {
    provider: { preset: 'cerebras', limits },
    ...withEntries([{ provider: 'a', model: 'm', parameters: { max: { max_tokens: 100 } } }]),
  });
  const plan = await rig.gateway.caller.chains.explain({ ...HELLO, max_tokens: 50_000 });
  expect(plan.data[0]).toMatchObject({ action: 'try' });
  expect(plan.data[0]?.tokens).toBeLessThan(200);
  expect(await rig.gateway.caller.chat.completions.create({ ...HELLO, max_tokens: 50_000 })).toBeDefined();
});

test('a capability whose field the operator removes is not needed of the model', async () => {
  await using rig = await startRig([ANSWER], {
    provider: { models: { m: { tools: false, parameters: { set: { tools: null } } } } },
    ...withEntries(PAIR),
  });
  const tools = [{ type: 'function' as const, function: { name: 'f' } }];
  await rig.gateway.caller.chat.completions.create({ ...HELLO, tools });
  expect(bodiesOf(rig.upstreams[0])[0]).not.toHaveProperty('tools');
});

test('a stream that breaks after all choices that the operator allows is complete', async () => {
  await using rig = await startRig([CUT], withEntries([{ provider: 'a', model: 'm', parameters: { max: { n: 1 } } }]));
  const { 'REST over HTTP': door } = DOORS;
  expect(await door?.stream(rig, { ...HELLO, n: 3 })).toMatchObject({ code: 'ok' });
});

test('parameters are merged into embeddings too', async () => {
  await using rig = await startRig(
    [ANSWER],
    withEntries([{ provider: 'a', model: 'm', parameters: { set: { dimensions: 64 } } }]),
  );
  await rig.gateway.caller.embeddings.create({ model: 'default', input: 'x' });
  expect(bodiesOf(rig.upstreams[0])[0]).toEqual({ model: 'm', input: 'x', dimensions: 64 });
});

const CHAINS: NonNullable<RigOptions['config']> = {
  chains: {
    one: { entries: ['a/model-a'], onContentFilter: 'next' },
    two: { entries: ['b/model-b', 'a/model-a'] },
    three: { entries: ['c/model-c'] },
  },
  aliases: { last: 'three' },
  defaults: { chain: 'three' },
};
const BUSY = openaiError(429, 'busy');
const MESSAGES = { messages: HELLO.messages };

describe.each(Object.entries(API_DOORS))('%s: models', (_, door) => {
  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each<[string, Partial<ChatInput>, number[]]>([
      ['the names after model', { model: 'one', models: ['two', 'last'] }, [1, 1, 1]],
      ['the names without model', { models: ['two', 'a/model-a', 'last'] }, [1, 1, 1]],
      [
        'names that occur again',
        { model: 'one', models: ['one', 'two', 'one', 'a/model-a', 'two', 'three'] },
        [1, 1, 1],
      ],
      ['only the one name', { model: 'three', models: ['three'] }, [0, 0, 1]],
      ['an empty list, as without it', { model: 'three', models: [] }, [0, 0, 1]],
      ['an empty list without model, by the default chain', { models: [] }, [0, 0, 1]],
      ['null, as without it', { models: null }, [0, 0, 1]],
    ])('the entries of all names are tried: %s', async (__, own, hits) => {
      await using rig = await startRig([BUSY, BUSY, ANSWER], { config: CHAINS });
      expect(await door[way](rig, { ...MESSAGES, ...own })).toMatchObject({ code: 'ok' });
      expect(hitsOf(rig)).toEqual(hits);
      for (const upstream of rig.upstreams)
        for (const body of bodiesOf(upstream)) expect(body).not.toHaveProperty('models');
      expect(bodiesOf(rig.upstreams[2])).toMatchObject([{ model: 'model-c', messages: HELLO.messages }]);
    });

    test('the order is that of the names, whatever the order of chains', async () => {
      await using rig = await startRig([ANSWER, openaiError(500, 'oops'), openaiError(500, 'oops')], {
        config: CHAINS,
      });
      await door[way](rig, { ...MESSAGES, model: 'three', models: ['two'] });
      expect(rig.finished()[0]?.trail.map(({ provider }) => provider)).toEqual(['c', 'b', 'a']);
    });

    test('the settings and the name are those of the first chain', async () => {
      const filtered = openaiError(400, 'filtered', { code: 'content_filter' });
      await using rig = await startRig([filtered, filtered, ANSWER], { config: CHAINS });
      expect(await door[way](rig, { ...MESSAGES, model: 'two', models: ['three'] })).toMatchObject({ status: 400 });
      expect(hitsOf(rig)).toEqual([0, 1, 0]);
      expect(await door[way](rig, { ...MESSAGES, models: ['one', 'two', 'three'] })).toMatchObject({ code: 'ok' });
      expect(hitsOf(rig)).toEqual([1, 2, 1]);
      expect(rig.finished().map(({ chain }) => chain)).toEqual(['two', 'one']);
    });

    test.each<[string, Partial<ChatInput>, string]>([
      ['unknown', { model: 'one', models: ['two', 'nine', 'ten'] }, "'nine'"],
      ['unknown model', { model: 'nine', models: ['two'] }, "'nine'"],
      ['unknown without model', { models: ['two', 'b/other'] }, "'b/other'"],
    ])('a name that is %s is named in a 404', async (__, own, named) => {
      await using rig = await startRig([ANSWER, ANSWER, ANSWER], { config: CHAINS });
      const { status, code, message } = await door[way](rig, { ...MESSAGES, ...own });
      expect([status, code]).toEqual([404, 'model_not_found']);
      expect(message).toContain(named);
      expect(hitsOf(rig)).toEqual([0, 0, 0]);
    });

    test.each<[string, unknown]>([
      ['more than 20 names', Array.from({ length: 21 }, () => 'one')],
      ['a text', 'one'],
      ['a mapping', { 0: 'one' }],
      ['a number in the list', ['one', 1]],
      ['null in the list', [null]],
      ['an empty name', ['']],
      ['a name of 257 characters', ['x'.repeat(257)]],
    ])('%s is a 400', async (__, models) => {
      await using rig = await startRig([ANSWER, ANSWER, ANSWER], { config: CHAINS });
      const input = { ...MESSAGES, model: 'one', models } as ChatInput;
      expect(await door[way](rig, input)).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(hitsOf(rig)).toEqual([0, 0, 0]);
    });

    test('20 names are not too many', async () => {
      await using rig = await startRig([ANSWER, ANSWER, ANSWER], { config: CHAINS });
      const models = Array.from({ length: 20 }, (____, n) => (n % 2 === 0 ? 'one' : 'two'));
      expect(await door[way](rig, { ...MESSAGES, models })).toMatchObject({ code: 'ok' });
    });

    test('models of a chain of OpenRouter are OpenRouter’s', async () => {
      await using rig = await startRig([ANSWER, ANSWER, ANSWER], {
        config: CHAINS,
        providers: { c: { preset: 'openrouter' } },
      });
      const models = ['x/y', 'one', ...Array.from({ length: 30 }, () => 'z')];
      for (const own of [{ model: 'three', models }, { model: 'c/model-c', models }, { models }])
        expect(await door[way](rig, { ...MESSAGES, ...own })).toMatchObject({ code: 'ok' });
      expect(hitsOf(rig)).toEqual([0, 0, 3]);
      expect(bodiesOf(rig.upstreams[2])).toMatchObject(Array.from({ length: 3 }, () => ({ model: 'model-c', models })));
    });

    test('models of a chain with other providers are not sent to OpenRouter either', async () => {
      await using rig = await startRig([BUSY, ANSWER, ANSWER], {
        config: CHAINS,
        providers: { b: { preset: 'openrouter' } },
      });
      expect(await door[way](rig, { ...MESSAGES, model: 'one', models: ['two'] })).toMatchObject({ code: 'ok' });
      expect(bodiesOf(rig.upstreams[1])[0]).not.toHaveProperty('models');
    });
  });
});

test('a name that the key may not use is a 404 that names it, and the default chain is no part of a list', async () => {
  await using rig = await startRig([ANSWER, ANSWER, ANSWER], {
    config: { ...CHAINS, auth: { keys: [{ name: 'k', key: 'key-of-k', chains: ['one', 'two'] }] } },
  });
  const send = async (models: string[]): Promise<{ status: number; error: unknown }> => {
    const headers = { authorization: 'Bearer key-of-k' };
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...MESSAGES, models }, { headers });
    return { status: response.status, error: ((await response.json()) as { error?: unknown }).error };
  };
  expect(await send(['one', 'two'])).toMatchObject({ status: 200 });
  const message = expect.stringContaining("'three'") as string;
  expect(await send(['one', 'three'])).toMatchObject({
    status: 404,
    error: { code: 'model_not_found', param: 'models', message },
  });
});

test.each(['model', 'models'])('%s may occur once in a body', async (field) => {
  await using rig = await startRig([ANSWER, ANSWER, ANSWER], { config: CHAINS });
  const body = `{"${field}":null,${JSON.stringify({ ...MESSAGES, model: 'one', models: ['two'] }).slice(1)}`;
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'duplicate_parameter', param: field } });
});

test('each name keeps the policy of its chain', async () => {
  const policy = { policy: 'weighted' as const };
  await using rig = await startRig([ANSWER, ANSWER, ANSWER], {
    random: () => 0.5,
    config: {
      chains: {
        first: { entries: ['c/m'] },
        second: {
          ...policy,
          entries: [
            { provider: 'a', model: 'm', weight: 1 },
            { provider: 'b', model: 'm', weight: 9 },
          ],
        },
      },
      defaults: {},
    },
  });
  const plan = await rig.gateway.caller.chains.explain({ ...MESSAGES, model: 'first', models: ['second'] });
  expect(plan.data.map(({ provider, reason }) => [provider, reason])).toEqual([
    ['c', 'In the order of the chain.'],
    ['b', 'Selected by weight 9.'],
    ['a', 'Selected by weight 1.'],
  ]);
  expect(plan).toMatchObject({ chain: 'first', policy: 'ordered' });
});

test('models in the body of embeddings are the provider’s', async () => {
  await using rig = await startRig([ANSWER, ANSWER, ANSWER], { config: CHAINS });
  await rig.gateway.caller.embeddings.create({ model: 'one', input: 'x', models: ['nine'] });
  expect(bodiesOf(rig.upstreams[0])[0]).toEqual({ model: 'model-a', input: 'x', models: ['nine'] });
});

test('least-busy sends parallel requests to different entries', async () => {
  await using rig = await startRig([{ ...chatCompletion({ content: 'x' }), delay: 100 }, ANSWER, ANSWER], {
    chain: { policy: 'least-busy' },
  });
  await Promise.all(Array.from({ length: 3 }, () => rig.gateway.caller.chat.completions.create(HELLO)));
  expect(hitsOf(rig)).toEqual([1, 1, 1]);
});

/** Models with everything known, with parts known, and with nothing known. */
const DESCRIBED: RigOptions = {
  providers: {
    a: {
      models: {
        big: { contextTokens: 200_000, maxOutputTokens: 8000, tools: true, images: true, jsonSchema: false },
        small: { contextTokens: 8000, tools: false, images: false },
        plain: null,
      },
    },
    b: { preset: 'openai' },
    c: { preset: 'ollama' },
  },
  config: {
    chains: {
      mixed: { entries: ['a/plain', 'a/big', 'a/small'] },
      text: { entries: ['a/small'] },
      unknown: { entries: ['a/plain', 'b/no-such-model'] },
      bounded: {
        entries: [{ provider: 'a', model: 'big', parameters: { max: { max_completion_tokens: 500 } } }, 'a/small'],
      },
      listed: { entries: ['b/gpt-4.1-mini', 'c/gpt-4.1-mini'] },
    },
    aliases: { m: 'mixed', big: 'a/big' },
    defaults: {},
  },
};

const BIG = {
  context_length: 200_000,
  max_output_tokens: 8000,
  modalities: ['text', 'image'],
  capabilities: { tools: true, json_schema: false },
};
const MIXED = {
  context_length: 8000,
  max_output_tokens: 8000,
  modalities: ['text', 'image'],
  capabilities: { tools: true },
};
const MODELS: Readonly<Record<string, object>> = {
  mixed: { owned_by: 'spillway', ...MIXED },
  text: { owned_by: 'spillway', context_length: 8000, modalities: ['text'], capabilities: { tools: false } },
  unknown: { owned_by: 'spillway' },
  bounded: { owned_by: 'spillway', ...MIXED, max_output_tokens: 500 },
  listed: { owned_by: 'spillway', context_length: 1_000_000 },
  m: { owned_by: 'spillway', ...MIXED },
  big: { owned_by: 'a', ...BIG },
  'a/plain': { owned_by: 'a' },
  'a/big': { owned_by: 'a', ...BIG },
  'a/small': { owned_by: 'a', context_length: 8000, modalities: ['text'], capabilities: { tools: false } },
  'b/no-such-model': { owned_by: 'b' },
  'b/gpt-4.1-mini': { owned_by: 'b', context_length: 1_000_000 },
  'c/gpt-4.1-mini': { owned_by: 'c' },
};

/** Ways to a list of models and to one model. */
const LISTS: Readonly<
  Record<string, (rig: Rig) => { list(): Promise<unknown>; retrieve(model: string): Promise<unknown> }>
> = {
  'REST over HTTP': ({ url }) => ({
    list: async () => ((await (await fetch(`${url}/v1/models`)).json()) as { data: unknown }).data,
    retrieve: async (model) => (await fetch(`${url}/v1/models/${model}`)).json(),
  }),
  'OpenAI’s SDK in process': ({ gateway }) => {
    const { models } = new OpenAI({ baseURL: 'http://spillway/v1', apiKey: 'x', fetch: gateway.fetch });
    return { list: async () => (await models.list()).data, retrieve: (model) => models.retrieve(model) };
  },
  'the caller in process': ({ gateway: { caller } }) => ({
    list: async () => (await caller.models.list()).data,
    retrieve: (model) => caller.models.retrieve({ model }),
  }),
  'tRPC by our client': ({ url }) => {
    const { models } = createClient({ url });
    return { list: async () => (await models.list()).data, retrieve: (model) => models.retrieve({ model }) };
  },
};

test.each(Object.entries(LISTS))('%s: a list of models has what is known of each', async (_, waysOf) => {
  await using rig = await startRig([ANSWER, ANSWER, ANSWER], DESCRIBED);
  const ways = waysOf(rig);
  // What OpenAI's clients read of a model, and what Anthropic's do.
  const common = { object: 'model', created: 0, type: 'model', created_at: '1970-01-01T00:00:00Z' };
  const expected = Object.entries(MODELS).map(([id, own]) => ({ id, display_name: id, ...common, ...own }));
  const listed = await ways.list();
  expect(listed).toEqual(expect.arrayContaining(expected));
  expect(listed).toHaveLength(expected.length);
  for (const model of expected) expect(await ways.retrieve(model.id)).toEqual(model);
});
