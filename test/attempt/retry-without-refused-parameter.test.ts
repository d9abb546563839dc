import { expect, test } from 'vitest';
import type { AttemptResult } from '../../src/attempt/answer.ts';
import { retryWithoutRefusedParameter } from '../../src/attempt/retry-without-refused-parameter.ts';
import { commitGate } from '../../src/chain/commit.ts';
import { codecOf } from '../../src/dialects/codec-of.ts';
import type { Target } from '../../src/domain/chain.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { createRedact } from '../../src/lib/redact.ts';
import { createProfiles, type Profiles } from '../../src/targets/profiles.ts';
import { chatCompletion, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO } from '../helpers/hello.ts';
import { targetOf } from '../helpers/target.ts';
import { endpointAt, using } from '../upstream/exchange.ts';

const NEVER = { connect: 9e6, headers: 9e6, firstToken: 9e6, streamStart: 9e6, idle: 9e6, total: 9e6 };

interface Attempted {
  readonly result: AttemptResult;
  /** What the target lack afterwards for a request with the same fields. */
  readonly lack: ReturnType<Profiles['lackOf']>;
}

/** Sends a request with these fields to an upstream with this reply. */
async function attempted(reply: Reply, fields: object, own: { target?: Partial<Target> } = {}): Promise<Attempted> {
  await using upstream = await startScriptedUpstream({ script: reply });
  await using pools = using(createPools());
  const clock = fakeClock();
  const profiles = createProfiles();
  const baseUrl = upstream.baseUrl;
  const target = targetOf({ baseUrl, endpoint: endpointAt(new URL(baseUrl).origin), ...own.target });
  const call = callOf({ input: { ...HELLO, ...fields } });
  const tools = { clock, codecOf, inCohort: createCohort(), transport: createTransport(pools) };
  const result = await retryWithoutRefusedParameter(tools, profiles, {
    call,
    target,
    timeouts: NEVER,
    commitWithin: 9e6,
    gate: commitGate('first-token'),
    redact: createRedact(['canary-of-the-key']),
    headers: {},
    signal: new AbortController().signal,
    listener: {},
  });
  return { result, lack: profiles.lackOf(target, call.operation.needsOf(call.body, call.content), clock.now()) };
}

function refusing(error: object, status = 400): Reply {
  return {
    status,
    body: { error: { message: 'no', type: 'invalid_request_error', param: null, code: null, ...error } },
  };
}

test('an unknown parameter makes an entry unsuited, and is remembered as lacking with a message of the gateway’s own', async () => {
  const error = { message: 'no seed for canary-of-the-key', param: 'seed', code: 'unsupported_parameter' };
  const { result, lack } = await attempted(refusing(error), { seed: 1 });
  expect(result).toMatchObject({
    failure: { kind: 'unsuited', status: 400, reading: { error: { ...error, message: 'no seed for ***' } } },
  });
  expect(lack?.what).toBe("parameter 'seed'");
  const message = "The model does not support parameter 'seed'.";
  expect(lack?.refusal).toMatchObject({ status: 400, error: { ...error, message } });
});

test.each([
  ['a value of a parameter', { param: 'temperature', code: 'unsupported_value' }, { temperature: 0.2 }],
  [
    'a member of a parameter',
    { param: 'tools[0].strict', code: 'unknown_parameter' },
    { tools: [{ type: 'function', strict: true }] },
  ],
])('%s that an entry refuses makes it unsuited for this request only', async (_, error, fields) => {
  const { result, lack } = await attempted(refusing(error), fields);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lack).toBeUndefined();
});

const TOOLS = { tools: [{ type: 'function', function: { name: 'f' } }] };
const IMAGE = { type: 'image_url', image_url: { url: 'https://h/i.png' } };

test.each([
  ['tools', 'registry.ollama.ai/library/gemma:2b does not support tools', TOOLS],
  ['tools', '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', TOOLS],
  [
    'structured outputs',
    'This response_format type is unavailable now',
    { response_format: { type: 'json_schema', json_schema: {} } },
  ],
  ['images', 'x is not a multimodal model', { messages: [{ role: 'user', content: [IMAGE] }] }],
])(
  '%s that a model does not support make it unsuited, and are remembered as lacking: %s',
  async (what, message, fields) => {
    const { result, lack } = await attempted(refusing({ message }), fields);
    expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
    expect(lack?.what).toBe(what);
    const without = await attempted(refusing({ message }), {});
    expect(without.result).toMatchObject({ failure: { kind: 'refused' } });
  },
);

test.each([
  ['`max_tokens` must be less than or equal to `8192`', { max_tokens: 10_000 }],
  ['max_tokens is too large: 100000. This model supports at most 16384 completion tokens', { max_tokens: 100_000 }],
  ['max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens', { max_tokens: 100_000 }],
  ['max_tokens is too large: 100000', { max_completion_tokens: 100_000 }],
  ["'n' : number must be at most 1", { n: 2 }],
  ['Penalty is not enabled for models/gemini-2.5-flash', { presence_penalty: 1 }],
  ['invalid temperature: only 1 is allowed for this model', { temperature: 0 }],
  ['Thinking mode does not support this tool_choice', { tool_choice: 'required' }],
  ["Unsupported value: 'temperature' does not support 0.2 with this model.", { temperature: 0.2 }],
])('a value that another model may take makes an entry unsuited for this request only: %s', async (message, fields) => {
  const { result, lack } = await attempted(refusing({ message }), fields);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lack).toBeUndefined();
  const without = await attempted(refusing({ message }), { seed: 1 });
  expect(without.result).toMatchObject({ failure: { kind: 'refused' } });
});

test('a quoted path into a parameter teaches nothing about the parameter', async () => {
  const { result, lack } = await attempted(refusing({ message: "Unknown parameter: 'tools[0].bogus'." }), TOOLS);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lack).toBeUndefined();
});

test.each([
  ['a wrong value', refusing({ param: 'seed', code: 'invalid_value' })],
  ['a parameter that was not sent', refusing({ param: 'top_k', code: 'unsupported_parameter' })],
  ['a member of a message', refusing({ param: 'messages[0].colour', code: 'unknown_parameter' })],
])('%s is a refusal that teaches nothing', async (_, reply) => {
  const { result, lack } = await attempted(reply, { seed: 1 });
  expect(result).toMatchObject({ failure: { kind: 'refused' } });
  expect(lack).toBeUndefined();
});

test('a refusal with another status teaches nothing about parameters', async () => {
  const { result, lack } = await attempted(refusing({ param: 'seed', code: 'unsupported_parameter' }, 500), {
    seed: 1,
  });
  expect(result).toMatchObject({ failure: { kind: 'overloaded' } });
  expect(lack).toBeUndefined();
});

test('the size of a context window that a refusal reports is remembered', async () => {
  const message = "This model's maximum context length is 1000 tokens.";
  const content = 'word '.repeat(10_000);
  const messages = [{ role: 'user', content }];
  const { result, lack } = await attempted(refusing({ code: 'context_length_exceeded', message }), { messages });
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lack?.what).toMatch(/^a prompt of about \d+ tokens \(context window: 1000\)$/);
  expect(lack?.refusal?.error.code).toBe('context_length_exceeded');
});

test('an answer teaches nothing', async () => {
  const { result, lack } = await attempted(chatCompletion({ content: 'good' }), { seed: 1 });
  expect([result.kind, lack]).toEqual(['answered', undefined]);
});
