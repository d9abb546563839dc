import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfString, isJsonObject } from '../../src/lib/json-syntax.ts';
import { readLenientJson } from '../../src/lib/lenient-json.ts';

const accept = (): boolean => true;

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A string with its control characters as they are. */
function raw(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

const object = fc
  .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }))
  .map((value) => JSON.stringify(value));
/** Texts as they are damaged on their way: cut, repeated, and with characters in wrong places. */
const damaged = fc
  .tuple(
    object,
    fc.nat(),
    fc.nat(),
    fc.constantFrom('', '"', '{', '}', ']', ',', ':', '\t', '\0', '\\', '0', 'NaN', 'x'),
  )
  .map(
    ([text, from, to, insert]) => text.slice(0, from % (text.length + 1)) + insert + text.slice(to % (text.length + 1)),
  );

test('exactly the texts that JSON.parse accepts as an object are JSON objects', () => {
  let objects = 0;
  fc.assert(
    fc.property(fc.oneof(object, damaged), fc.constantFrom('', ' ', '\t\n'), (text, blank) => {
      const spaced = text.replaceAll(':', `${blank}:${blank}`);
      const expected = parses(spaced) && spaced.startsWith('{') && spaced.endsWith('}');
      if (expected) objects++;
      expect(isJsonObject(spaced, accept)).toBe(expected);
    }),
    { numRuns: 3000 },
  );
  expect(objects).toBeGreaterThan(500);
});

test('every member is visited with its key and value, until one is not accepted', () => {
  const text = '{"a" : [ {"b":"x\\"y"}, 1.5e3 ],"c":\tnull}';
  const seen: string[] = [];
  const visit = (start: number, end: number, value: number): boolean =>
    seen.push(`${text.slice(start, end)}=${text[value]}`) < 2;
  expect(isJsonObject(text, visit)).toBe(false);
  expect(seen).toEqual(['a=[', 'b="']);
  expect(isJsonObject(text, accept)).toBe(true);
});

test('an object that nests too deeply to be checked counts as none', () => {
  expect(isJsonObject(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, accept)).toBe(false);
});

test('a string ends where JSON ends it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (content, after) => {
      const text = JSON.stringify(content);
      expect(endOfString(text + after, 1)).toBe(text.length);
    }),
  );
});

test('valid JSON is read leniently as it is, whatever follows', () => {
  fc.assert(
    fc.property(object, fc.string(), (text, after) => {
      expect(readLenientJson(text + after, 0)).toEqual({ json: text, end: text.length });
    }),
  );
});

const LENIENT: readonly (readonly [text: string, json: string])[] = [
  ['{"a":NaN,"b":[-Infinity,Infinity,+Infinity],"c":nan}', '{"a":null,"b":[null,null,null],"c":null}'],
  ['{"a":-inf}', '{"a":null}'],
  ['{"a":"NaN, Infinity and \\"NaN"}', '{"a":"NaN, Infinity and \\"NaN"}'],
  ['{"a":"x\ty\0z\nq\u001f"}', '{"a":"x\\ty\\u0000z\\nq\\u001f"}'],
  ['{"a\tb":1}', '{"a\\tb":1}'],
  ['[{"n":9007199254740993,"x":NaN}]', '[{"n":9007199254740993,"x":null}]'],
];

test.each(LENIENT)('%j is read as %s', (text, json) => {
  expect(readLenientJson(text, 0)).toEqual({ json, end: text.length });
  expect(readLenientJson(`ab${text}cd`, 2)).toEqual({ json, end: text.length + 2 });
});

test.each([
  '{"a":1',
  '{"a":"x',
  '{"a":1,}',
  '{a:1}',
  "{'a':1}",
  '{"a":aNaN}',
  '{"a":NaN1}',
  '{NaN:1}',
  '{"a":1]',
  '{"a"\0:1}',
])('%j cannot be read', (text) => expect(readLenientJson(text, 0)).toBeUndefined());

test('control characters and numbers that JSON does not have lose nothing else, wherever they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary-ascii' }), fc.constantFrom('NaN', '-Infinity', '7'))),
      (pairs) => {
        const text = `{"a":[${pairs.map(([string, number]) => `${raw(string)},${number}`).join(',')}]}`;
        const read = JSON.parse(readLenientJson(text, 0)?.json ?? 'null') as { a: unknown[] };
        expect(read.a).toEqual(pairs.flatMap(([string, number]) => [string, number === '7' ? 7 : null]));
      },
    ),
  );
});
