import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault } from '../../src/lib/json-fault.ts';
import { isJson } from '../helpers/is-json.ts';

test('a fault is found in every text that JSON.parse rejects, and in no other', () => {
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\/u0123e+-.truefalsn \n\t\u0001\ud800é'.split('')) }),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\01e. \n'.split('')))
      .map(
        ([json, at, char]) => json.slice(0, at % (json.length + 1)) + char + json.slice((at % (json.length + 1)) + 1),
      ),
  );
  fc.assert(
    fc.property(text, (each) => {
      expect(jsonFault(each) === undefined).toBe(isJson(each));
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['{"a":1,}', 1, 8, 'a comma before the end'],
  ['{\n  "a": 1 // x\n}', 2, 10, 'a comment'],
  ['{"a":NaN}', 1, 6, 'NaN or Infinity'],
  ['{"a":True}', 1, 6, "a literal of another language; JSON's are null, true and false"],
  ['{"a":01}', 1, 6, 'a number in a form that JSON does not have'],
  ['{"a":"\\x"}', 1, 7, 'an escape that JSON does not have'],
  ['{"a":"b', 1, 8, 'the end, inside a string'],
  ['{"a":[1', 1, 8, 'the end, too early'],
  ['{}{}', 1, 3, 'something after its end'],
  ['[1 2]', 1, 4, 'an unexpected character'],
])('the fault in %j has its line, column and name', (text, line, column, found) => {
  expect(jsonFault(text)).toEqual({ line, column, found });
});

test('a text with a million open brackets needs no stack', () => {
  expect(jsonFault('['.repeat(1_000_000))).toMatchObject({ found: 'the end, too early' });
});
