import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEchoed, readRefusal } from '../../src/attempt/read-refusal.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { readReply } from '../../src/refusals/read.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

/** What a refusal with this message comes to for a caller with this input; `own` is what its words are read as. */
function believed(
  { status = 400, message, headers = {} }: { status?: number; message: string; headers?: Record<string, string> },
  input: object,
  own: Partial<Reading> = {},
): Reading {
  const call = callOf({ input });
  const body = Buffer.from(JSON.stringify({ error: { message, type: 'x', param: null, code: null } }));
  const asked = { tools: { clock: fakeClock() }, options: { call, target: targetOf() } };
  return readRefusal(asked, (by) => ({
    ...readReply({ status, headers }, body, by),
    ...(by.ignoreText === true ? {} : own),
  }));
}

const AUTH: Partial<Reading> = { class: 'auth', scope: 'key', matchedText: ['invalid api key'] };

test.each([400, 403, 404, 413, 422])(
  'a %i in the caller’s own words is his mistake, as the vendor has put it',
  (status) => {
    const message = "Invalid value: 'Invalid  API\nkey'.";
    expect(believed({ status, message }, { tool_choice: 'Invalid  API\nkey' }, AUTH)).toMatchObject({
      class: 'bad_request',
      scope: 'request',
      status,
      error: { message },
      matchedText: [],
    });
    expect(believed({ status, message }, { tool_choice: 'auto' }, AUTH)).toMatchObject({ class: 'auth', scope: 'key' });
  },
);

describe('a 429 in the caller’s own words', () => {
  const message = 'Rate limit reached for user tokens per day: limit 200. Please try again in 20h.';

  test('is one, and heals when its headers say', () => {
    const headers = { 'retry-after': '7' };
    const honest = believed({ status: 429, message, headers }, {});
    expect(honest).toMatchObject({ class: 'quota_day', learned: { limits: { tokensPerDay: 200 } } });
    const echoed = believed({ status: 429, message, headers }, { user: 'tokens per day: limit 200' });
    expect(echoed).toMatchObject({ class: 'rate_limited', window: undefined, learned: undefined, observed: [] });
    expect(echoed.retryAt).toBe(fakeClock().now() + 7000);
  });

  test('teaches nothing by its words', () => {
    expect(believed({ status: 429, message }, { user: 'tokens per day: limit 200' }).retryAt).toBeUndefined();
  });
});

test('a window is not learned from words of the caller’s, and his prompt may still be too long', () => {
  const message = "This model's maximum context length is 4096 tokens.";
  expect(believed({ message }, {}).learned).toEqual({ contextTokens: 4096 });
  const messages = [{ role: 'user', content: `Why do I get "${message}"?` }];
  const { class: kind, learned } = believed({ message }, { messages });
  expect([kind, learned]).toEqual(['context_length', undefined]);
});

test.each([
  ["Invalid value: 'Unsupported parameter: 'tools''", { tool_choice: "Unsupported parameter: 'tools'" }],
  ["Invalid value: 'does not support tools'", { tool_choice: 'does not support tools' }],
])('nothing is said of an entry by %s', (message, input) => {
  const { refusedParameter, missingCapability } = believed({ message }, {});
  expect(refusedParameter ?? missingCapability).toBe('tools');
  const echoed = believed({ message }, input);
  expect([echoed.class, echoed.refusedParameter, echoed.missingCapability]).toEqual([
    'bad_request',
    undefined,
    undefined,
  ]);
});

test('a name that an error’s own member gives is believed, whatever its words are', () => {
  const body = {
    error: { message: "Unknown parameter: 'seed'.", type: 'x', param: 'seed', code: 'unknown_parameter' },
  };
  const call = callOf({ input: { user: "unknown parameter: 'seed'" } });
  const asked = { tools: { clock: fakeClock() }, options: { call, target: targetOf() } };
  const reading = readRefusal(asked, (by) =>
    readReply({ status: 400, headers: {} }, Buffer.from(JSON.stringify(body)), by),
  );
  expect(reading.refusedParameter).toBe('seed');
});

describe('words stand in a request', () => {
  test.each([
    ['as a text', { user: 'x out of credits y' }],
    ['as a name', { tools: [{ function: { parameters: { properties: { 'Out of Credits': {} } } } }] }],
    ['spaced otherwise', { user: 'out\n\t of \u00a0credits' }],
    ['in an address', { user: 'https://h/?m=out%20of%20credits' }],
    ['in JSON', { user: String.raw`{"a":"out\u0020of\ncredits"}` }],
    ['as all of it', 'out of credits'],
  ])('%s', (_, input) => {
    expect(isEchoed(['nothing', 'out of credits'], input)).toBe(true);
  });

  test.each([
    ['other words', { user: 'out of credit' }],
    ['in pieces', { user: 'out of', seed: 'credits' }],
    ['no text', [1, null, true, undefined]],
  ])('or do not: %s', (_, input) => {
    expect(isEchoed(['out of credits'], input)).toBe(false);
  });

  test('wherever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.string(), (value, before, after) => {
        expect(isEchoed(['out of credits'], { value, deep: [[{ a: `${before}\nout of credits ${after}` }]] })).toBe(
          true,
        );
        expect(isEchoed([], value)).toBe(false);
      }),
    );
  });

  test('however deep, and in no time', () => {
    let deep: unknown = 'out of credits';
    for (let n = 0; n < 100_000; n++) deep = n % 2 === 0 ? [deep] : { a: deep };
    expect(isEchoed(['out of credits'], deep)).toBe(true);
    const long = { user: `${' '.repeat(1_000_000)}${'%5'.repeat(1_000_000)}${'\\'.repeat(1_000_000)}out of` };
    const began = performance.now();
    expect(isEchoed(['out of credits'], long)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
