import { describe, expect, test } from 'vitest';
import {
  chatCompletion,
  chatStream,
  fieldsOf,
  type Reply,
  type Script,
  type ScriptedRequest,
} from '../../src/testing/index.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const GOOD = chatCompletion({ content: 'good' });

/** A refusal as vendors write it. */
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

async function ask({ url }: Rig, fields: object) {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...fields });
  const text = await response.text();
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), text };
}

describe('CH-18 a parameter of the caller’s that an entry does not know', () => {
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
    'by a value that it does not take': {
      first: refusing({ param: 'temperature', code: 'unsupported_value' }),
      fields: { temperature: 0.2 },
    },
    'by a member of it': {
      first: refusing({ param: 'tools[0].function.strict', code: 'unknown_parameter' }),
      fields: { tools: [{ type: 'function', function: { name: 'f', strict: true } }] },
    },
    'a stream': { first: refusing({ param: 'stream', code: 'unsupported_value' }), fields: { stream: true } },
  };

  test.each(Object.entries(CASES))('%s: the next entry answers', async (_, { first, fields }) => {
    await using rig = await startRig([first, 'stream' in fields ? chatStream({ content: 'good' }) : GOOD]);
    const told = await ask(rig, fields);
    expect(told).toMatchObject({ status: 200, provider: 'b' });
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
    expect((await rig.ended()).trail).toMatchObject([{ outcome: 'unsuited' }, { outcome: 'answered' }]);
  });

  test('goes back as the vendor has put it where no other entry is', async () => {
    await using rig = await startRig([LOGIT_BIAS]);
    const { status, text } = await ask(rig, { logit_bias: {} });
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

  test('is one that the preset has renamed, too', async () => {
    const refused = refusing({ param: 'max_completion_tokens', code: 'unsupported_parameter' });
    await using rig = await startRig([refused, GOOD]);
    const [a, b] = rig.upstreams.map(({ baseUrl }) => baseUrl);
    await using mixed = await startRig([], {
      config: {
        providers: { a: { preset: 'openai', baseUrl: a, apiKey: 'k' }, b: { baseUrl: b, apiKey: 'k' } },
        chains: { default: { entries: ['a/o3', 'b/m'] } },
      },
    });
    expect(await ask(mixed, { max_tokens: 5 })).toMatchObject({ status: 200, provider: 'b' });
    expect(rig.upstreams[0]?.hits[0]?.body.toString()).toContain('"max_completion_tokens":5');
  });
});

describe('CH-02 a mistake of the caller’s goes back at once', () => {
  const CASES: Readonly<Record<string, { readonly first: Reply; readonly fields: object }>> = {
    'a value that is too long': {
      first: refusing({ param: 'user', code: 'string_above_max_length' }),
      fields: { user: 'x'.repeat(70) },
    },
    'a value that is none': {
      first: refusing({ param: 'temperature', code: 'invalid_value' }),
      fields: { temperature: 9 },
    },
    'a parameter that he did not send': { first: LOGIT_BIAS, fields: { logit_bias: null } },
    'a member of a message': {
      first: refusing({ message: "'messages.1' : property 'reasoning_details' is unsupported" }),
      fields: { messages: [{ ...HELLO.messages[0], reasoning_details: [] }] },
    },
    'a member of a message by its path': {
      first: refusing({ param: 'messages[0].colour', code: 'unknown_parameter' }),
      fields: {},
    },
  };

  test.each(Object.entries(CASES))('%s', async (_, { first, fields }) => {
    await using rig = await startRig([first, GOOD]);
    expect((await ask(rig, fields)).status).toBe(400);
    expect(rig.upstreams[1]?.hits).toEqual([]);
  });
});

test('a member of messages that the preset takes out, refused all the same, is no mistake of the caller’s', async () => {
  const first = refusing({ message: "'messages.1' : property 'reasoning_details' is unsupported" });
  await using rig = await startRig([first, GOOD]);
  const [a, b] = rig.upstreams.map(({ baseUrl }) => baseUrl);
  await using mixed = await startRig([], {
    config: {
      providers: { a: { preset: 'groq', baseUrl: a, apiKey: 'k' }, b: { baseUrl: b, apiKey: 'k' } },
      chains: { default: { entries: ['a/m', 'b/m'] } },
    },
  });
  expect(await ask(mixed, {})).toMatchObject({ status: 200, provider: 'b' });
});

const OURS = refusing({ param: 'stream_options', code: 'unknown_parameter' });

function hasOurs(request: ScriptedRequest): boolean {
  return 'stream_options' in fieldsOf(request);
}

/** Refuses what we add, and then answers. */
const picky: Script = (request) => (hasOurs(request) ? OURS : chatStream({ content: 'good' }));
/** Refuses what we add, and then what the caller has sent. */
const pickier: Script = (request) => (hasOurs(request) ? OURS : LOGIT_BIAS);

function sentWithOurs(rig: Rig): boolean[] | undefined {
  return rig.upstreams[0]?.hits.map(({ body }) => body.toString().includes('stream_options'));
}

describe('a parameter of ours that an entry refuses', () => {
  test('is left out when it is asked once more, and from then on', async () => {
    await using rig = await startRig([picky]);
    for (let n = 0; n < 2; n++) expect(await ask(rig, { stream: true })).toMatchObject({ status: 200, provider: 'a' });
    expect(sentWithOurs(rig)).toEqual([true, false, false]);
    expect(rig.finished().map(({ trail }) => trail.length)).toEqual([1, 1]);
  });

  test('is sent anew after the configuration was read anew', async () => {
    await using rig = await startRig([picky]);
    await ask(rig, { stream: true });
    await rig.gateway.reload({
      providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl, apiKey: 'sk-upstream-secret-0123456789' } },
      chains: { default: { entries: ['a/model-a'] } },
    });
    await ask(rig, { stream: true });
    expect(sentWithOurs(rig)).toEqual([true, false, true, false]);
  });

  test('does not hide a parameter of the caller’s that is refused after it', async () => {
    await using rig = await startRig([pickier, chatStream({ content: 'good' })]);
    expect(await ask(rig, { stream: true, logit_bias: {} })).toMatchObject({ status: 200, provider: 'b' });
    expect(sentWithOurs(rig)).toEqual([true, false]);
  });
});
