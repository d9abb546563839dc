import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../src/lib/record.ts';
import { chatCompletion, chatStream, type Reply, type Script, type ScriptedRequest } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const GOOD = chatCompletion({ content: 'good' });
const TOOLS = { tools: [{ type: 'function', function: { name: 'f' } }] };

function refusing(message: string, own: object = {}, status = 400): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code: null, ...own } } };
}

function inputOf({ body }: ScriptedRequest): Readonly<Record<string, unknown>> {
  return fieldsOf(JSON.parse(body.toString()));
}

async function send({ url }: Rig, fields: object) {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...fields });
  const text = await response.text();
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), text };
}

/** The forms in which providers quote a wrong value in a 400 or 422. */
const ECHOES: Readonly<Record<string, (value: string) => Reply>> = {
  'OpenAI’s form': (value) =>
    refusing(`Invalid value: '${value}'. Supported values are: 'none', 'auto', and 'required'.`, {
      param: 'tool_choice',
      code: 'invalid_value',
    }),
  'pydantic’s form': (value) => ({
    status: 400,
    body: {
      object: 'error',
      message: `[{'type': 'literal_error', 'loc': ('body', 'tool_choice'), 'msg': "Input should be 'auto'", 'input': '${value}'}]`,
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
  }),
  'a bare detail': (value) => ({ status: 422, body: { detail: `tool_choice: ${value}` } }),
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

describe.each(Object.entries(ECHOES))('a wrong value of one client that is quoted in %s', (_, echo) => {
  const script: Script = (request) => {
    const { tool_choice: choice, stream } = inputOf(request);
    if (typeof choice === 'string' && choice !== 'auto') return echo(choice);
    return stream === true ? chatStream({ content: 'good' }) : GOOD;
  };

  test.each(HOSTILE)('does not take the entry out of service for others when it is %j', async (hostile) => {
    await using rig = await startRig([script]);
    const refused = await send(rig, { ...TOOLS, tool_choice: hostile, stream: true });
    expect([400, 422]).toContain(refused.status);
    const content = 'a long question '.repeat(200);
    const others = { messages: [{ role: 'user', content }], ...TOOLS, tool_choice: 'auto', stream: true };
    expect(await send(rig, others)).toMatchObject({ status: 200, provider: 'a' });
    expect(rig.upstreams[0]?.hits.at(-1)?.body.toString()).toContain('"include_usage":true');
    const { data } = await rig.gateway.caller.limits.list();
    expect(data).toMatchObject([{ state: 'ready', windows: [] }]);
  });
});

test('a user name that is quoted in a 429 adds no limit, and exhausts no daily quota', async () => {
  const user = 'tokens per day: limit 200';
  const script: Script = (request) =>
    inputOf(request)['user'] === user
      ? { ...refusing(`Rate limit reached for user ${user}`, {}, 429), headers: { 'retry-after-ms': '1' } }
      : GOOD;
  await using rig = await startRig([script], { chain: { queue: { maxWait: '5s', maxSize: 9 } } });
  expect((await send(rig, { user })).status).toBe(503);
  expect(await send(rig, {})).toMatchObject({ status: 200, provider: 'a' });
  const { data } = await rig.gateway.caller.limits.list();
  expect(data).toMatchObject([{ state: 'ready', windows: [] }]);
});

test('a remembered refusal reaches other clients without the words that the provider quoted', async () => {
  const secret = 'my-secret-prompt';
  const quoting = refusing(`'${secret}' cannot be served. Unsupported parameter: 'seed'.`, {
    code: 'unsupported_parameter',
  });
  await using rig = await startRig([quoting]);
  expect((await send(rig, { seed: 1 })).text).toContain(secret);
  const { status, text } = await send(rig, { seed: 2 });
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

/** Refuses a parameter that the gateway adds. */
const picky: Script = (request) =>
  'stream_options' in inputOf(request)
    ? refusing('stream_options: Extra inputs are not permitted')
    : chatStream({ content: 'good' });

describe('a refusal that quotes nothing', () => {
  test('of a capability fails over, and is remembered for requests that need it', async () => {
    const script: Script = (request) =>
      'tools' in inputOf(request) ? refusing('registry.ollama.ai/library/gemma:2b does not support tools') : GOOD;
    await using rig = await startRig([script, GOOD]);
    expect(await send(rig, TOOLS)).toMatchObject({ status: 200, provider: 'b' });
    expect(await send(rig, TOOLS)).toMatchObject({ status: 200, provider: 'b' });
    expect(await send(rig, {})).toMatchObject({ status: 200, provider: 'a' });
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([2, 2]);
  });

  test('of a value that is too large fails over, and the next request still tries the entry', async () => {
    const words = '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens`';
    const script: Script = (request) =>
      Number(inputOf(request)['max_tokens']) > 8192 ? refusing(words, { param: 'max_tokens' }) : GOOD;
    await using rig = await startRig([script, GOOD]);
    expect(await send(rig, { max_tokens: 16_000 })).toMatchObject({ status: 200, provider: 'b' });
    expect(await send(rig, { max_tokens: 8000 })).toMatchObject({ status: 200, provider: 'a' });
  });

  test('of a parameter that the gateway adds is recognised by its name in the text', async () => {
    await using rig = await startRig([picky]);
    expect(await send(rig, { stream: true })).toMatchObject({ status: 200, provider: 'a' });
    expect(rig.upstreams[0]?.hits).toHaveLength(2);
  });
});
