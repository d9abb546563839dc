import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FreeformInput } from '../../../../src/dialects/openai/responses/freeform-input.ts';

/** What comes of an input in pieces. */
function unwrapped(...pieces: readonly string[]): readonly string[] {
  const input = new FreeformInput();
  return [...pieces.map((piece) => input.push(piece)), input.end()];
}

/** A text cut at places anywhere in it. */
function cut(text: string, places: readonly number[]): readonly string[] {
  const at = places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b);
  return [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
}

const PLACES = fc.array(fc.nat(), { maxLength: 8 });
const ANY_TEXT = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'é', '😀', '\ud83d', '{', 'u', '}'),
});

test('any text is unwrapped from any pieces', () => {
  fc.assert(
    fc.property(ANY_TEXT, PLACES, fc.constantFrom('input', 'patch', 'code', 'command'), (text, places, name) => {
      const json = JSON.stringify({ [name]: text });
      expect(unwrapped(...cut(json, places)).join('')).toBe(text);
    }),
  );
});

test('escaped characters outside of ASCII are unwrapped from any pieces', () => {
  fc.assert(
    fc.property(ANY_TEXT, PLACES, (text, places) => {
      const escaped = [
        ...Buffer.from(text, 'utf16le')
          .toString('hex')
          .matchAll(/(..)(..)/g),
      ];
      const json = `{ "input" : "${escaped.map(([, low, high]) => String.raw`\u${high}${low}`).join('')}" }`;
      expect(unwrapped(...cut(json, places)).join('')).toBe(text);
    }),
  );
});

test('any other input is passed on, from any pieces', () => {
  fc.assert(
    fc.property(fc.string(), PLACES, (text, places) => {
      fc.pre(!/^\s*[{"]/.test(text));
      expect(unwrapped(...cut(text, places)).join('')).toBe(text);
    }),
  );
});

test('a text is passed on as it comes, and never half a character', () => {
  expect(unwrapped('{"input":"*** a', String.raw`\n`, String.raw`b\ud83d`, String.raw`\ude00`, '"}')).toEqual([
    '*** a',
    '\n',
    'b',
    '😀',
    '',
    '',
  ]);
});

describe('inputs that are not the usual wrapper', () => {
  test.each([
    ['a bare string', '"a\\nb"', 'a\nb'],
    ['raw text', '*** Begin Patch\n', '*** Begin Patch\n'],
    ['an object with another member', '{"other":"a"}', '{"other":"a"}'],
    ['an object with a list', '{"command":["a"]}', '{"command":["a"]}'],
    ['a JSON that is cut', '{"inp', '{"inp'],
    ['nothing', '', ''],
    ['a text that is cut', '{"input":"ab', 'ab'],
    ['a text that is cut in an escape', String.raw`{"input":"ab\u00`, 'ab'],
    ['line breaks in a string', '{"input":"a\nb"}', 'a\nb'],
    ['an escape that JSON does not have', String.raw`{"input":"\d\u00zz"}`, String.raw`\d\u00zz`],
    ['more members behind the text', '{"input":"a","b":1}', 'a'],
  ])('%s', (_what, input, text) => {
    expect(unwrapped(input).join('')).toBe(text);
    expect(unwrapped(...input.split('')).join('')).toBe(text);
  });
});
