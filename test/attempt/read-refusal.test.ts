import { describe, expect, test } from 'vitest';
import { readRefusal } from '../../src/attempt/read-refusal.ts';
import { codecOf } from '../../src/dialects/codec-of.ts';
import { createCall } from '../../src/domain/call.ts';
import { RequestBody } from '../../src/domain/request-body.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { readReply } from '../../src/refusals/read.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO } from '../helpers/hello.ts';
import { targetOf } from '../helpers/target.ts';

/** The reading of a refusal with this message, for a request with this input; `fromText` is what the message's text is read as. */
function readingOf(
  { status = 400, message, headers = {} }: { status?: number; message: string; headers?: Record<string, string> },
  input: object,
  fromText: Partial<Reading> = {},
): Reading {
  const call = callOf({ input });
  const body = Buffer.from(JSON.stringify({ error: { message, type: 'x', param: null, code: null } }));
  const refused = { tools: { clock: fakeClock() }, options: { call, target: targetOf() }, codec: {} };
  return readRefusal(refused, (options) => ({
    ...readReply({ status, headers }, body, options),
    ...(options.ignoreText === true ? {} : fromText),
  }));
}

const AUTH: Partial<Reading> = { class: 'auth', scope: 'key', matchedText: ['invalid api key'] };

test.each([400, 403, 404, 413, 422])(
  'a %i that echoes the client’s text is the client’s mistake, with the provider’s message',
  (status) => {
    const message = "Invalid value: 'Invalid  API\nkey'.";
    expect(readingOf({ status, message }, { tool_choice: 'Invalid  API\nkey' }, AUTH)).toMatchObject({
      class: 'bad_request',
      scope: 'request',
      status,
      error: { message },
      matchedText: [],
    });
    expect(readingOf({ status, message }, { tool_choice: 'auto' }, AUTH)).toMatchObject({
      class: 'auth',
      scope: 'key',
    });
  },
);

describe('a 429 that echoes the client’s text', () => {
  const message = 'Rate limit reached for user tokens per day: limit 200. Please try again in 20h.';

  test('is a rate limit that ends when its headers say', () => {
    const headers = { 'retry-after': '7' };
    const genuine = readingOf({ status: 429, message, headers }, {});
    expect(genuine).toMatchObject({ class: 'quota_day', learned: { limits: { tokensPerDay: 200 } } });
    const echoed = readingOf({ status: 429, message, headers }, { user: 'tokens per day: limit 200' });
    expect(echoed).toMatchObject({ class: 'rate_limited', window: undefined, learned: undefined, observed: [] });
    expect(echoed.retryAt).toBe(fakeClock().now() + 7000);
  });

  test('teaches nothing from its text', () => {
    expect(readingOf({ status: 429, message }, { user: 'tokens per day: limit 200' }).retryAt).toBeUndefined();
  });
});

/** Milliseconds until the retry time of a 429. */
function waitOf(message: string, input: object, headers = {}): number | undefined {
  const { retryAt } = readingOf({ status: 429, message, headers }, input);
  return retryAt === undefined ? undefined : retryAt - fakeClock().now();
}

describe('a wait in a text that the request holds too', () => {
  test.each([
    ['Too fast for "x": please try again in 20h.', 'Please try again in 20h'],
    ['Your quota resets in 3 days', 'Why do I read: quota resets in  3 days?'],
    ['额度将在 3 天后重置', '3 天后重置'],
    ['5-hour limit reached, resets at 1970-01-03', 'resets at 1970-01-03'],
  ])('%j does not decide', (message, content) => {
    expect(waitOf(message, { messages: [{ role: 'user', content: 'Hello' }] })).toBeGreaterThan(3600_000);
    expect(waitOf(message, { messages: [{ role: 'user', content }] })).toBeUndefined();
    expect(waitOf(message, { messages: [{ role: 'user', content }] }, { 'retry-after': '7' })).toBe(7000);
  });

  test('does not take the class away if a header says when to retry', () => {
    const { class: kind } = readingOf(
      { status: 429, message: 'Tokens per day are used up, try again in 5s', headers: { 'retry-after': '7' } },
      { user: 'try again in 5s' },
    );
    expect(kind).toBe('quota_day');
  });
});

test('a context window is not learned from the client’s own text, and the prompt still counts as too long', () => {
  const message = "This model's maximum context length is 4096 tokens.";
  expect(readingOf({ message }, {}).learned).toEqual({ contextTokens: 4096 });
  const messages = [{ role: 'user', content: `Why do I get "${message}"?` }];
  const { class: kind, learned } = readingOf({ message }, { messages });
  expect([kind, learned]).toEqual(['context_length', undefined]);
});

test.each([
  ["Invalid value: 'Unsupported parameter: 'tools''", { tool_choice: "Unsupported parameter: 'tools'" }],
  ["Invalid value: 'does not support tools'", { tool_choice: 'does not support tools' }],
])('nothing is learned about an entry from %s', (message, input) => {
  const { refusedParameter, missingCapability } = readingOf({ message }, {});
  expect(refusedParameter ?? missingCapability).toBe('tools');
  const echoed = readingOf({ message }, input);
  expect([echoed.class, echoed.refusedParameter, echoed.missingCapability]).toEqual([
    'bad_request',
    undefined,
    undefined,
  ]);
});

test('a parameter that is named in the error’s own member counts, whatever its text is', () => {
  const body = {
    error: { message: "Unknown parameter: 'seed'.", type: 'x', param: 'seed', code: 'unknown_parameter' },
  };
  const call = callOf({ input: { user: "unknown parameter: 'seed'" } });
  const refused = { tools: { clock: fakeClock() }, options: { call, target: targetOf() }, codec: {} };
  const reading = readRefusal(refused, (options) =>
    readReply({ status: 400, headers: {} }, Buffer.from(JSON.stringify(body)), options),
  );
  expect(reading.refusedParameter).toBe('seed');
});

test.each([
  ['messages.count_tokens', 'request'],
  ['responses.compact', 'request'],
  ['completions', 'request'],
  ['messages', 'model'],
] as const)('a 404 of %s for its model concerns the %s', (name, scope) => {
  const call = createCall({ operation: OPERATIONS[name], body: RequestBody.of({}), stream: false, headers: {} });
  const refused = { tools: { clock: fakeClock() }, options: { call, target: targetOf() }, codec: {} };
  const body = { error: { message: 'The model does not exist', type: 'x', param: null, code: 'model_not_found' } };
  const reading = readRefusal(refused, (options) =>
    readReply({ status: 404, headers: {} }, Buffer.from(JSON.stringify(body)), options),
  );
  expect(reading).toMatchObject({ class: scope === 'request' ? 'bad_request' : 'model_gone', scope });
  if (scope === 'request') expect(reading.retryAt).toBeUndefined();
});

describe('a refusal of a provider of another API', () => {
  const error = { message: 'max_output_tokens must be 16 at least', type: 'invalid_request_error', code: 'too_small' };
  const translated = (param: string | null, operation: 'messages' | 'chat.completions') => {
    const call = callOf({ operation, input: HELLO });
    const codec = codecOf(call.operation, 'openai-responses');
    const refused = { tools: { clock: fakeClock() }, options: { call, target: targetOf() }, codec };
    return readRefusal(refused, (options) =>
      readReply({ status: 422, headers: {} }, Buffer.from(JSON.stringify({ error: { ...error, param } })), options),
    );
  };

  test('keeps its status, its message and its code, and loses its type', () => {
    expect(translated('max_output_tokens', 'messages')).toMatchObject({
      status: 422,
      error: { message: error.message, code: 'too_small', type: null, param: null },
    });
  });

  test.each([
    ['temperature', 'messages', 'temperature'],
    ['messages.0.content', 'messages', 'messages.0.content'],
    ['tools[0].name', 'messages', 'tools[0].name'],
    ['input[0].content', 'messages', null],
    ['frequency_penalty', 'chat.completions', 'frequency_penalty'],
    ['frequency_penalty', 'messages', null],
    [null, 'messages', null],
  ] as const)('names %s to a client of %s as %s', (param, operation, known) => {
    expect(translated(param, operation).error.param).toBe(known);
  });
});
