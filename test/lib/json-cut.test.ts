import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rewriteJson } from '../../src/lib/json-cut.ts';

const same = (text: string): string => text;
const ALL = 1e9;

test('what no string of it is rewritten in stays byte for byte', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), undefined, indent);
      expect(rewriteJson(text, same, ALL)).toEqual({ text, cut: false });
    }),
  );
});

test('a text that is cut anywhere becomes JSON again', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, at) => {
      const whole = `[${json}]`;
      const rewritten = rewriteJson(whole.slice(0, at % whole.length), same, ALL);
      expect(rewritten?.cut).toBe(true);
      expect(() => JSON.parse(rewritten?.text ?? '') as unknown).not.toThrow();
    }),
  );
});

test('the result has at most so many bytes, and is JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.integer({ min: 4, max: 200 }), (json, maxBytes) => {
      const rewritten = rewriteJson(json, (text) => `${text}é`, maxBytes);
      expect(Buffer.byteLength(rewritten?.text ?? '')).toBeLessThanOrEqual(maxBytes);
      expect(() => JSON.parse(rewritten?.text ?? '') as unknown).not.toThrow();
    }),
  );
});

test.each([
  ['{"a":"long text","b":1}', 14, '{"a":"long t"}'],
  ['{"a":[1,2,3,4]}', 11, '{"a":[1,2]}'],
  ['{"a":1,"b":"x"}', 8, '{"a":1}'],
  ['["😀😀"]', 10, '["😀"]'],
])('%s in %i bytes is %s', (text, maxBytes, expected) => {
  expect(rewriteJson(text, same, maxBytes)).toEqual({ text: expected, cut: true });
});

test.each([
  ['{"a":"b', '{"a":"b"}'],
  ['{"a":"b\\', '{"a":"b"}'],
  ['{"a":"b\\u00e', '{"a":"b"}'],
  ['{"a":"b\\\\u00e', '{"a":"b\\\\u00e"}'],
  ['{"a":12', '{}'],
  ['{"a":1,"b', '{"a":1}'],
  ['{"a":1,', '{"a":1}'],
  ['[[1],', '[[1]]'],
  ['[tru', '[]'],
  ['', 'null'],
])('%s, which is cut, is %s', (text, expected) => {
  expect(rewriteJson(text, same, ALL)).toEqual({ text: expected, cut: true });
});

test.each(['x', '{"a" 1}', '[1 2]', '{1:2}', '[1}', '{"a":01}', '"a" "b"', '[,]', '{,}', '{"a":"\n"}'])(
  '%s is no JSON',
  (text) => {
    expect(rewriteJson(text, same, ALL)).toBeUndefined();
  },
);

test('names and values are rewritten, and a value knows its name', () => {
  const seen: unknown[] = [];
  const rewritten = rewriteJson(
    '{"a":"b","c":["d",{"e":"f"}],"g":"h',
    (text, name, whole) => {
      seen.push([text, name, whole]);
      return text.toUpperCase();
    },
    ALL,
  );
  expect(rewritten).toEqual({ text: '{"A":"B","C":["D",{"E":"F"}],"G":"H"}', cut: true });
  expect(seen).toEqual([
    ['a', undefined, true],
    ['b', 'a', true],
    ['c', undefined, true],
    ['d', undefined, true],
    ['e', undefined, true],
    ['f', 'e', true],
    ['g', undefined, true],
    ['h', 'g', false],
  ]);
});
