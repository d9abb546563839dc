import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LARGE_JSON_BYTES, parseJsonSteps } from '../../src/lib/json-steps.ts';
import { parseJson } from '../../src/lib/parse-json.ts';
import { runAtOnce } from '../../src/lib/steps.ts';

const MB = 1024 * 1024;
const PADDING = 'p'.repeat(LARGE_JSON_BYTES);

const parse = (text: string): unknown => runAtOnce(parseJsonSteps(Buffer.from(text)));

/** The number of steps. */
function stepsOf(bytes: Buffer): number {
  const steps = parseJsonSteps(bytes);
  let count = 1;
  while (steps.next().done !== true) count++;
  return count;
}

test('a value of any shape and size is the same as by JSON.parse', () => {
  const long = fc
    .integer({ min: 0, max: 90_000 })
    .chain((length) =>
      fc.constantFrom('x', '"', '\\', '図', '🙂', '\n', '\ud83d').map((piece) => piece.repeat(length)),
    );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.string(),
      fc.double(),
      fc.constant(null),
      fc.boolean(),
      long,
      fc.array(tie('tree'), { maxLength: 8 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('tree'), { maxKeys: 8 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(tree, { minLength: 10, maxLength: 40 }), fc.constantFrom(undefined, 1), (trees, space) => {
      for (const value of [
        [PADDING, ...trees],
        { trees, PADDING, more: trees },
        [[...trees, [...trees, PADDING]], trees],
      ]) {
        const text = JSON.stringify(value, undefined, space);
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }
    }),
    { numRuns: 15 },
  );
});

const NUMBERS = '1.5,'.repeat(100_000);
const OBJECTS = '{"a":[1,{"b":2}]},'.repeat(30_000);

describe('a large text that is not JSON', () => {
  test.each([
    ['without its end', `[${NUMBERS}1`],
    ['with the wrong bracket', `[${NUMBERS}1}`],
    ['with a comma at its end', `[${NUMBERS}]`],
    ['with a comma at its beginning', `[,${NUMBERS}1]`],
    ['with two commas', `[${NUMBERS},${NUMBERS}1]`],
    ['without a comma', `[${NUMBERS}1 ${NUMBERS}1]`],
    ['without a comma behind a list', `[[${NUMBERS}1] [${NUMBERS}1]]`],
    ['without a comma behind a long string', `["${PADDING}" "${PADDING}"]`],
    ['with a comma behind a list at its end', `[[${NUMBERS}1],]`],
    ['with more behind it', `[${NUMBERS}1] 1`],
    ['with a word', `[${NUMBERS}x]`],
    ['with a list without a key', `{"a":1,[${NUMBERS}1]}`],
    ['with a key without a value', `{"a":[${NUMBERS}1],"b"}`],
    ['with a key and a colon only', `{"a":[${NUMBERS}1],"b":}`],
    ['with two values of a key', `{"a":[${NUMBERS}1][1]}`],
    ['with a long key', `{"${PADDING}":1}`.replace(PADDING, PADDING.repeat(5))],
    ['with a control character in a long string', `["${PADDING}\n${PADDING}"]`],
    ['with half an escape in a long string', `["${PADDING}\\u00z0${PADDING}"]`],
    ['with a string without its end', `["${PADDING}`],
    ['that is a string', `"${PADDING}"`],
    ['that is blank', ' '.repeat(MB)],
    ['with too many levels', `${'['.repeat(2000)}${NUMBERS}1${']'.repeat(2000)}`],
    ['with too many members', `{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`],
    ['with too many values', `[${'{},'.repeat(800_000)}1]`],
  ])('%s is undefined', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('by any change of one character is undefined as by JSON.parse', () => {
    const text = `{"a":[${OBJECTS}1],"b":{"c":"${'é"\\'.repeat(3).replaceAll(/["\\]/g, String.raw`\$&`)}","d":[${NUMBERS}2]},"e":"${PADDING}"}`;
    expect(parse(text)).toEqual(JSON.parse(text));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: text.length - 1 }),
        fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', ' ', 'x', '1'),
        (at, character) => {
          const changed = text.slice(0, at) + character + text.slice(at + 1);
          expect(JSON.stringify(parse(changed))).toBe(JSON.stringify(parseJson(changed)));
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('the last of several members of one name counts, wherever they are', () => {
  expect(parse(`{"a":1,"x":[${NUMBERS}1],"a":2,"y":"${PADDING}","a":{"b":"${PADDING}"}}`)).toMatchObject({
    a: { b: PADDING },
  });
});

test.each([
  ['one string', `{"a":"${'x'.repeat(30 * MB)}"}`],
  ['one string of escapes', `{"a":"${'\\"'.repeat(10 * MB)}"}`],
  ['objects', `[${'{},'.repeat(700_000)}1]`],
  ['numbers', `[${'0.25,'.repeat(1_000_000)}1]`],
  ['lists in lists', `[${`${'['.repeat(500)}1${']'.repeat(500)},`.repeat(1000)}1]`],
  [
    'members',
    `[${Array.from({ length: 10 }, () => `{${Array.from({ length: 40_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`).join(',')}]`,
  ],
])('a text of %s is parsed in many steps', (_, text) => {
  const bytes = Buffer.from(text);
  // 100 KB take a few milliseconds, whatever they are.
  expect(stepsOf(bytes)).toBeGreaterThan(bytes.length / 100_000);
});

test('a small text is parsed in one step', () => {
  expect(stepsOf(Buffer.from(`[${'1,'.repeat(100_000)}1]`))).toBe(1);
});
