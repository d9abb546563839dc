import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEchoed } from '../../src/attempt/is-echoed.ts';
import { RequestBody } from '../../src/domain/request-body.ts';
import { documentOf } from '../../src/lib/json-scanner.ts';
import { requestBodyOf } from '../helpers/call.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

/** A text that makes a body large, so that it is searched in its bytes. */
const LARGE = 'x'.repeat(600_000);
/** The same body as it is, and with a large member before it or behind it. */
const forms = (input: object): readonly RequestBody[] => [
  RequestBody.of(input),
  RequestBody.of({ ...input, large: LARGE }),
  RequestBody.of({ large: LARGE, ...input }),
];

const found = (phrases: readonly string[], input: object): readonly boolean[] =>
  forms(input).map((body) => isEchoed(phrases, body));

describe('a phrase is found in a body of any size', () => {
  test.each([
    ['as a string', { user: 'x out of credits y' }],
    ['as a name', { tools: [{ function: { parameters: { properties: { 'Out of Credits': {} } } } }] }],
    ['spaced otherwise', { user: 'out\n\t of \u00a0credits' }],
    ['in a URL', { user: 'https://h/?m=out%20of%20credits' }],
    ['in JSON', { user: String.raw`{"a":"out\u0020of\ncredits"}` }],
  ])('%s', (_, input) => {
    expect(found(['nothing', 'out of credits'], input)).toEqual([true, true, true]);
  });

  test.each([
    ['another phrase', { user: 'out of credit' }],
    ['in two pieces', { user: 'out of', seed: 'credits' }],
    ['no string', { a: [1, null, true] }],
  ])('and is not: %s', (_, input) => {
    expect(found(['out of credits'], input)).toEqual([false, false, false]);
  });

  test('whatever letters and marks it has, and however they are written in JSON', () => {
    const phrases = ['额度 已用完', 'limit: "5%" (a+b)\\c', 'Épuisé, désolé', 'a/b 😀 c'];
    for (const phrase of phrases) {
      const escaped = phrase.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      for (const text of [
        JSON.stringify(phrase),
        JSON.stringify(phrase.toUpperCase()),
        `"${JSON.stringify(escaped).slice(1, -1).replaceAll('\\\\u', '\\u')}"`,
      ])
        for (const large of ['', `,"large":"${LARGE}"`])
          expect([text, isEchoed([phrase], requestBodyOf(`{"a":["y ${text.slice(1, -1)} z"]${large}}`))]).toEqual([
            text,
            true,
          ]);
    }
  });

  test('wherever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.string(), (value, before, after) => {
        const body = RequestBody.of({ value, deep: [[{ a: `${before}\nout of credits ${after}` }]] });
        expect(isEchoed(['out of credits'], body)).toBe(true);
        expect(isEchoed([], body)).toBe(false);
      }),
    );
  });
});

test('letters that are hidden in escapes count as any phrase in a large body, other escapes do not', () => {
  const hidden = String.raw`{"a":"\u006fut of credits","large":"${LARGE}"}`;
  expect(isEchoed(['out of credits'], requestBodyOf(hidden))).toBe(true);
  const escapes = String.raw`{"a":"\u003cb\u003e \u0026 \u0027 \u00e9 \u4e00 \n","large":"${LARGE}"}`;
  expect(isEchoed(['out of credits'], requestBodyOf(escapes))).toBe(false);
});

test('one member can be left out', () => {
  for (const body of forms({ credit_limit: 1, user: 'x' })) {
    expect(isEchoed(['credit_limit'], body)).toBe(true);
    expect(isEchoed(['credit_limit'], body, { without: 'credit_limit' })).toBe(false);
  }
  for (const body of forms({ credit_limit: 1, user: 'the credit_limit' }))
    expect(isEchoed(['credit_limit'], body, { without: 'credit_limit' })).toBe(true);
});

test('however deep it is, in linear time', () => {
  const document = documentOf(Buffer.from(`{"a":${'['.repeat(100_000)}"out of credits"${']'.repeat(100_000)}}`));
  expect(document && isEchoed(['out of credits'], new RequestBody(document))).toBe(true);
  for (const size of [100_000, 5_000_000]) {
    const long = { user: `${' '.repeat(size)}${'%5'.repeat(size)}${'\\'.repeat(size)}out of` };
    const startedAt = cpuTime();
    expect(isEchoed(['out of credits'], RequestBody.of(long))).toBe(false);
    expect(cpuTime() - startedAt).toBeLessThan(2000);
  }
});
