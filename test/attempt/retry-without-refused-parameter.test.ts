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
import { HELLO } from '../helpers/gateway.ts';
import { targetOf } from '../helpers/target.ts';
import { endpointAt, using } from '../upstream/exchange.ts';

const NEVER = { connect: 9e6, headers: 9e6, firstToken: 9e6, streamStart: 9e6, idle: 9e6, total: 9e6 };

interface Tried {
  readonly result: AttemptResult;
  /** What a request with the same fields would be told to lack then. */
  readonly lacks: ReturnType<Profiles['lackOf']>;
}

/** Tries an upstream that answers so with the caller's fields. */
async function tried(reply: Reply, fields: object, own: { target?: Partial<Target> } = {}): Promise<Tried> {
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
  return { result, lacks: profiles.lackOf(target, call.operation.needsOf(call.input), clock.now()) };
}

function refusing(error: object, status = 400): Reply {
  return {
    status,
    body: { error: { message: 'no', type: 'invalid_request_error', param: null, code: null, ...error } },
  };
}

test('a parameter that an entry does not know makes it unsuited, and is lacking from then on, which others are told in our words', async () => {
  const error = { message: 'no seed for canary-of-the-key', param: 'seed', code: 'unsupported_parameter' };
  const { result, lacks } = await tried(refusing(error), { seed: 1 });
  expect(result).toMatchObject({
    failure: { kind: 'unsuited', status: 400, reading: { error: { ...error, message: 'no seed for ***' } } },
  });
  expect(lacks?.what).toBe("parameter 'seed'");
  const message = "The model does not support parameter 'seed'.";
  expect(lacks?.refusal).toMatchObject({ status: 400, error: { ...error, message } });
});

test.each([
  ['a value of it', { param: 'temperature', code: 'unsupported_value' }, { temperature: 0.2 }],
  ['a member of it', { param: 'tools[0].strict', code: 'unknown_parameter' }, { tools: [{ strict: true }] }],
])('%s that an entry does not take makes it unsuited for this request alone', async (_, error, fields) => {
  const { result, lacks } = await tried(refusing(error), fields);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lacks).toBeUndefined();
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
])('%s that a model cannot do make it unsuited, and are lacking from then on: %s', async (what, message, fields) => {
  const { result, lacks } = await tried(refusing({ message }), fields);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lacks?.what).toBe(what);
  const without = await tried(refusing({ message }), {});
  expect(without.result).toMatchObject({ failure: { kind: 'rejected' } });
});

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
])('a value that another model may take makes it unsuited for this request alone: %s', async (message, fields) => {
  const { result, lacks } = await tried(refusing({ message }), fields);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lacks).toBeUndefined();
  const without = await tried(refusing({ message }), { seed: 1 });
  expect(without.result).toMatchObject({ failure: { kind: 'rejected' } });
});

test('what is within a parameter by its quoted path teaches nothing of the parameter', async () => {
  const { result, lacks } = await tried(refusing({ message: "Unknown parameter: 'tools[0].bogus'." }), TOOLS);
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lacks).toBeUndefined();
});

test.each([
  ['a wrong value', refusing({ param: 'seed', code: 'invalid_value' })],
  ['a parameter that was not sent', refusing({ param: 'top_k', code: 'unsupported_parameter' })],
  ['a member of a message', refusing({ param: 'messages[0].colour', code: 'unknown_parameter' })],
])('%s stays the caller’s mistake, and teaches nothing', async (_, reply) => {
  const { result, lacks } = await tried(reply, { seed: 1 });
  expect(result).toMatchObject({ failure: { kind: 'rejected' } });
  expect(lacks).toBeUndefined();
});

test('a refusal of another status says nothing of parameters', async () => {
  const { result, lacks } = await tried(refusing({ param: 'seed', code: 'unsupported_parameter' }, 500), { seed: 1 });
  expect(result).toMatchObject({ failure: { kind: 'overloaded' } });
  expect(lacks).toBeUndefined();
});

test('the size of a context window that a refusal tells is remembered', async () => {
  const message = "This model's maximum context length is 1000 tokens.";
  const content = 'word '.repeat(10_000);
  const messages = [{ role: 'user', content }];
  const { result, lacks } = await tried(refusing({ code: 'context_length_exceeded', message }), { messages });
  expect(result).toMatchObject({ failure: { kind: 'unsuited' } });
  expect(lacks?.what).toMatch(/^a prompt of about \d+ tokens \(context window: 1000\)$/);
  expect(lacks?.refusal?.error.code).toBe('context_length_exceeded');
});

test('an answer teaches nothing', async () => {
  const { result, lacks } = await tried(chatCompletion({ content: 'good' }), { seed: 1 });
  expect([result.kind, lacks]).toEqual(['answered', undefined]);
});
