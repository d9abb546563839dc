import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../src/lib/record.ts';
import { chatCompletion, chatStream, type Reply, type Script, type ScriptedRequest } from '../../src/testing/index.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const GOOD = chatCompletion({ content: 'good' });
const TOOLS = { tools: [{ type: 'function', function: { name: 'f' } }] };

function refusing(message: string, own: object = {}, status = 400): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code: null, ...own } } };
}

function inputOf({ body }: ScriptedRequest): Readonly<Record<string, unknown>> {
  return fieldsOf(JSON.parse(body.toString()));
}

async function ask({ url }: Rig, fields: object) {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...fields });
  const text = await response.text();
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), text };
}

/** The ways in which vendors quote a wrong value in their 400s. */
const ECHOES: Readonly<Record<string, (value: string) => Reply>> = {
  'OpenAI’s': (value) =>
    refusing(`Invalid value: '${value}'. Supported values are: 'none', 'auto', and 'required'.`, {
      param: 'tool_choice',
      code: 'invalid_value',
    }),
  'pydantic’s': (value) => ({
    status: 400,
    body: {
      object: 'error',
      message: `[{'type': 'literal_error', 'loc': ('body', 'tool_choice'), 'msg': "Input should be 'auto'", 'input': '${value}'}]`,
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
  }),
  'a bare one': (value) => ({ status: 422, body: { detail: `tool_choice: ${value}` } }),
};

const HOSTILE = [
  'invalid api key',
  'Out  of Credits',
  'credit balance is too low',
  'model x does not exist',
  'maximum context length is 1',
  'maximum context length is 1000',
  "unsupported parameter: 'tools'",
  "unsupported parameter: 'tools",
  'body.tools: Extra inputs are not permitted',
  'this model does not support tools',
  'stream_options',
];

describe.each(Object.entries(ECHOES))('a caller whose wrong value is quoted, in %s words', (_, echo) => {
  const script: Script = (request) => {
    const { tool_choice: choice, stream } = inputOf(request);
    if (typeof choice === 'string' && choice !== 'auto') return echo(choice);
    return stream === true ? chatStream({ content: 'good' }) : GOOD;
  };

  test.each(HOSTILE)('takes the entry from nobody by %j', async (hostile) => {
    await using rig = await startRig([script]);
    const refused = await ask(rig, { ...TOOLS, tool_choice: hostile, stream: true });
    expect([400, 422]).toContain(refused.status);
    const content = 'a long question '.repeat(200);
    const others = { messages: [{ role: 'user', content }], ...TOOLS, tool_choice: 'auto', stream: true };
    expect(await ask(rig, others)).toMatchObject({ status: 200, provider: 'a' });
    expect(rig.upstreams[0]?.hits.at(-1)?.body.toString()).toContain('"include_usage":true');
    const { data } = await rig.gateway.caller.limits.list();
    expect(data).toMatchObject([{ state: 'ready', windows: [] }]);
  });
});

test('a caller whose name is quoted in a 429 gives the entry no limit, and takes no day of it', async () => {
  const user = 'tokens per day: limit 200';
  const script: Script = (request) =>
    inputOf(request)['user'] === user
      ? { ...refusing(`Rate limit reached for user ${user}`, {}, 429), headers: { 'retry-after-ms': '1' } }
      : GOOD;
  await using rig = await startRig([script], { chain: { queue: { maxWait: '5s', maxSize: 9 } } });
  expect((await ask(rig, { user })).status).toBe(503);
  expect(await ask(rig, {})).toMatchObject({ status: 200, provider: 'a' });
  const { data } = await rig.gateway.caller.limits.list();
  expect(data).toMatchObject([{ state: 'ready', windows: [] }]);
});

test('another caller is told of a remembered refusal, and not of what its vendor has quoted', async () => {
  const secret = 'my-secret-prompt';
  const quoting = refusing(`'${secret}' cannot be served. Unsupported parameter: 'seed'.`, {
    code: 'unsupported_parameter',
  });
  await using rig = await startRig([quoting]);
  expect((await ask(rig, { seed: 1 })).text).toContain(secret);
  const { status, text } = await ask(rig, { seed: 2 });
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({
    error: {
      message: "The model does not support parameter 'seed'.",
      type: 'invalid_request_error',
      code: 'unsupported_parameter',
    },
  });
  expect(text).not.toContain(secret);
  expect(rig.upstreams[0]?.hits).toHaveLength(1);
});

/** Refuses what we add. */
const picky: Script = (request) =>
  'stream_options' in inputOf(request)
    ? refusing('stream_options: Extra inputs are not permitted')
    : chatStream({ content: 'good' });

describe('an honest refusal', () => {
  test('of what a model cannot do goes on to the next, and is remembered for who needs it', async () => {
    const script: Script = (request) =>
      'tools' in inputOf(request) ? refusing('registry.ollama.ai/library/gemma:2b does not support tools') : GOOD;
    await using rig = await startRig([script, GOOD]);
    expect(await ask(rig, TOOLS)).toMatchObject({ status: 200, provider: 'b' });
    expect(await ask(rig, TOOLS)).toMatchObject({ status: 200, provider: 'b' });
    expect(await ask(rig, {})).toMatchObject({ status: 200, provider: 'a' });
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([2, 2]);
  });

  test('of a value that is too large for a model goes on to the next, and the next request is asked all the same', async () => {
    const words = '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens`';
    const script: Script = (request) =>
      Number(inputOf(request)['max_tokens']) > 8192 ? refusing(words, { param: 'max_tokens' }) : GOOD;
    await using rig = await startRig([script, GOOD]);
    expect(await ask(rig, { max_tokens: 16_000 })).toMatchObject({ status: 200, provider: 'b' });
    expect(await ask(rig, { max_tokens: 8000 })).toMatchObject({ status: 200, provider: 'a' });
  });

  test('of a parameter of ours by its name in the text is still understood', async () => {
    await using rig = await startRig([picky]);
    expect(await ask(rig, { stream: true })).toMatchObject({ status: 200, provider: 'a' });
    expect(rig.upstreams[0]?.hits).toHaveLength(2);
  });
});
