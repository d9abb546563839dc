import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutEchoedText } from '../../src/refusals/echoed-text.ts';

test.each([
  ["the model 'a b' is gone", "the model '___' is gone"],
  ['no "x.y" and “z” here', 'no "___" and “_” here'],
  ['`inputs` + `two words`', '`inputs` + `_________`'],
  ["it isn't the team's, they don't say", "it isn't the team's, they don't say"],
  ["value 'it isn't so' is odd", "value '___________' is odd"],
  ["'a\\' b' c", "'_____' c"],
  ["a 'mark that stays open", "a 'mark that stays open"],
  ['see https://a.example/b?c=d. Bye', 'see ________________________ Bye'],
  ['got {"a": {"b": 1}}, sorry', 'got _______________, sorry'],
  ['cut {"a": {"b"', 'cut __________'],
])('%j becomes %j', (text, without) => {
  expect(withoutEchoedText(text)).toBe(without);
});

test('every other character keeps its index', () => {
  const piece = fc.constantFrom("'", '"', '`', '{', '}', '“', '”', ' ', 'a', "n't", 'https://', '\\', '.');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const without = withoutEchoedText(text);
      expect(without).toHaveLength(text.length);
      for (const [at, character] of Object.entries(without.split('')))
        expect(['_', text[Number(at)]]).toContain(character);
    }),
  );
});
