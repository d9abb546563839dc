import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { ChatInput } from '../../src/domain/chat.ts';
import {
  openaiError,
  type Reply,
  responder,
  type Script,
  type ScriptedRequest,
  type ScriptedUpstream,
} from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { HELLO, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';

type Fields = Readonly<Record<string, unknown>>;
type Entries = ConfigInput['chains'][string]['entries'];

const fieldsOf = ({ body }: ScriptedRequest): Fields => JSON.parse(body.toString()) as Fields;
const bodiesOf = (upstream: ScriptedUpstream | undefined): Fields[] => (upstream?.hits ?? []).map(fieldsOf);
const hitsOf = ({ upstreams }: Rig): number[] => upstreams.map(({ hits }) => hits.length);
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

describe.each(Object.entries(DOORS))('%s', (_, door) => {
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
