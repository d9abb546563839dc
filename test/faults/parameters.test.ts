import { describe, expect, test } from 'vitest';
import {
  chatCompletion,
  chatStream,
  fieldsOf,
  type Reply,
  type Script,
  type ScriptedRequest,
} from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const GOOD = chatCompletion({ content: 'good' });

/** A refusal in the error body of most providers. */
function refusing(error: object, status = 400): Reply {
  return {
    status,
    body: { error: { message: 'no', type: 'invalid_request_error', param: null, code: null, ...error } },
  };
}

const LOGIT_BIAS = refusing({
  message: "Unsupported parameter: 'logit_bias' is not supported with this model.",
  param: 'logit_bias',
  code: 'unsupported_parameter',
});

async function send({ url }: Rig, fields: object) {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...fields });
  const text = await response.text();
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), text };
}

describe('CH-18 a parameter of the client that an entry does not support', () => {
  const CASES: Readonly<Record<string, { readonly first: Reply; readonly fields: object }>> = {
    'in OpenAI’s words': { first: LOGIT_BIAS, fields: { logit_bias: {} } },
    'in Google’s words': {
      first: refusing({ message: 'Invalid JSON payload received. Unknown name "service_tier": Cannot find field.' }),
      fields: { service_tier: 'auto' },
    },
    'in pydantic’s words': {
      first: {
        status: 422,
        body: { detail: [{ type: 'extra_forbidden', loc: ['body', 'store'], msg: 'Extra inputs are not permitted' }] },
      },
      fields: { store: true },
    },
    'by a value that is not supported': {
      first: refusing({ param: 'temperature', code: 'unsupported_value' }),
      fields: { temperature: 0.2 },
    },
    'by a member of the parameter': {
      first: refusing({ param: 'tools[0].function.strict', code: 'unknown_parameter' }),
      fields: { tools: [{ type: 'function', function: { name: 'f', strict: true } }] },
    },
    'by stream: true': { first: refusing({ param: 'stream', code: 'unsupported_value' }), fields: { stream: true } },
  };

  test.each(Object.entries(CASES))('%s: the next entry answers', async (_, { first, fields }) => {
    await using rig = await startRig([first, 'stream' in fields ? chatStream({ content: 'good' }) : GOOD]);
    expect(await send(rig, fields)).toMatchObject({ status: 200, provider: 'b' });
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
    expect((await rig.ended()).trail).toMatchObject([{ outcome: 'unsuited' }, { outcome: 'answered' }]);
  });

  test('is refused in the provider’s words when no other entry exists', async () => {
    await using rig = await startRig([LOGIT_BIAS]);
    const { status, text } = await send(rig, { logit_bias: {} });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: {
        message: "Unsupported parameter: 'logit_bias' is not supported with this model.",
        type: 'invalid_request_error',
        param: 'logit_bias',
        code: 'unsupported_parameter',
      },
    });
  });

  test('may be one that the preset has renamed', async () => {
    const refused = refusing({ param: 'max_completion_tokens', code: 'unsupported_parameter' });
    await using rig = await startRig([refused, GOOD]);
    const [a, b] = rig.upstreams.map(({ baseUrl }) => baseUrl);
    await using mixed = await startRig([], {
      config: {
        providers: { a: { preset: 'openai', baseUrl: a, apiKey: 'k' }, b: { baseUrl: b, apiKey: 'k' } },
        chains: { default: { entries: ['a/o3', 'b/m'] } },
      },
    });
    expect(await send(mixed, { max_tokens: 5 })).toMatchObject({ status: 200, provider: 'b' });
    expect(rig.upstreams[0]?.hits[0]?.body.toString()).toContain('"max_completion_tokens":5');
  });
});

describe('CH-02 a refusal of the request that is not certainly the client’s mistake', () => {
  const CASES: Readonly<Record<string, { readonly first: Reply; readonly fields: object }>> = {
    'a value that is too long': {
      first: refusing({ param: 'user', code: 'string_above_max_length' }),
      fields: { user: 'x'.repeat(70) },
    },
    'a value that is invalid': {
      first: refusing({ param: 'temperature', code: 'invalid_value' }),
      fields: { temperature: 9 },
    },
    'a parameter that is null in the request': { first: LOGIT_BIAS, fields: { logit_bias: null } },
    'a member of a message': {
      first: refusing({ message: "'messages.1' : property 'reasoning_details' is unsupported" }),
      fields: { messages: [{ ...HELLO.messages[0], reasoning_details: [] }] },
    },
    'a member of a message by its path': {
      first: refusing({ param: 'messages[0].colour', code: 'unknown_parameter' }),
      fields: {},
    },
  };

  test.each(Object.entries(CASES))('%s: the next entry answers', async (_, { first, fields }) => {
    await using rig = await startRig([first, GOOD]);
    expect(await send(rig, fields)).toMatchObject({ status: 200, provider: 'b' });
    expect((await rig.ended()).trail).toMatchObject([{ outcome: 'refused' }, { outcome: 'answered' }]);
  });

  test.each(Object.entries(CASES))('%s: is returned at once with onRefused: stop', async (_, { first, fields }) => {
    await using rig = await startRig([first, GOOD], { chain: { onRefused: 'stop' } });
    expect((await send(rig, fields)).status).toBe(400);
    expect(rig.upstreams[1]?.hits).toEqual([]);
  });
});

test('a member of messages that the preset removes, and the entry still refuses, is not a bad request', async () => {
  const first = refusing({ message: "'messages.1' : property 'reasoning_details' is unsupported" });
  await using rig = await startRig([first, GOOD]);
  const [a, b] = rig.upstreams.map(({ baseUrl }) => baseUrl);
  await using mixed = await startRig([], {
    config: {
      providers: { a: { preset: 'groq', baseUrl: a, apiKey: 'k' }, b: { baseUrl: b, apiKey: 'k' } },
      chains: { default: { entries: ['a/m', 'b/m'] } },
    },
  });
  expect(await send(mixed, {})).toMatchObject({ status: 200, provider: 'b' });
});

const STREAM_OPTIONS = refusing({ param: 'stream_options', code: 'unknown_parameter' });

function hasAdded(request: ScriptedRequest): boolean {
  return 'stream_options' in fieldsOf(request);
}

/** Refuses the parameter that the gateway adds, and then answers. */
const picky: Script = (request) => (hasAdded(request) ? STREAM_OPTIONS : chatStream({ content: 'good' }));
/** Refuses the parameter that the gateway adds, and then one that the client sends. */
const pickier: Script = (request) => (hasAdded(request) ? STREAM_OPTIONS : LOGIT_BIAS);

function sentWithAdded(rig: Rig): boolean[] | undefined {
  return rig.upstreams[0]?.hits.map(({ body }) => body.toString().includes('stream_options'));
}

describe('a parameter that the gateway adds and an entry refuses', () => {
  test('is omitted from the retry and from all later requests', async () => {
    await using rig = await startRig([picky]);
    for (let n = 0; n < 2; n++) expect(await send(rig, { stream: true })).toMatchObject({ status: 200, provider: 'a' });
    expect(sentWithAdded(rig)).toEqual([true, false, false]);
    expect(rig.finished().map(({ trail }) => trail.length)).toEqual([1, 1]);
  });

  test('is sent again after a reload of the configuration', async () => {
    await using rig = await startRig([picky]);
    await send(rig, { stream: true });
    await rig.gateway.reload({
      providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl, apiKey: 'sk-upstream-secret-0123456789' } },
      chains: { default: { entries: ['a/model-a'] } },
    });
    await send(rig, { stream: true });
    expect(sentWithAdded(rig)).toEqual([true, false, true, false]);
  });

  test('does not hide a parameter of the client that is refused after it', async () => {
    await using rig = await startRig([pickier, chatStream({ content: 'good' })]);
    expect(await send(rig, { stream: true, logit_bias: {} })).toMatchObject({ status: 200, provider: 'b' });
    expect(sentWithAdded(rig)).toEqual([true, false]);
  });
});
