import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/lib/parse-json.ts';

test('any JSON text gives its value', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toStrictEqual(JSON.parse(text));
    }),
  );
});

test.each(['', ' ', '{', '{"a":1', '[1,]', 'undefined', 'NaN', '"a', '{"a":1}{}', "{'a':1}"])(
  'a text that is not JSON gives undefined: %j',
  (text) => {
    expect(parseJson(text)).toBeUndefined();
  },
);
