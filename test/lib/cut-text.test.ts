import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText } from '../../src/lib/cut-text.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

test('a text is as it was within the bytes, else a start of it that ends in an ellipsis', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.lorem());
  fc.assert(
    fc.property(text, fc.integer({ min: 3, max: 200 }), (whole, maxBytes) => {
      const cut = cutText(whole, maxBytes);
      if (Buffer.byteLength(whole) <= maxBytes) {
        expect(cut).toBe(whole);
        return;
      }
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
      expect([cut.isWellFormed(), cut.at(-1), whole.startsWith(cut.slice(0, -1))]).toEqual([true, '…', true]);
    }),
    { numRuns: 2000 },
  );
});

test.each(['図', '🙂', 'é', 'x'])('of %s at most one character fewer than fits stays', (character) => {
  const text = character.repeat(3000);
  for (let maxBytes = 1000; maxBytes < 1008; maxBytes++) {
    const bytes = Buffer.byteLength(cutText(text, maxBytes));
    expect(bytes).toBeGreaterThan(maxBytes - Buffer.byteLength(character));
  }
});

test('half a surrogate pair is no reason to be longer or malformed', () => {
  const cut = cutText('\ud83d'.repeat(3000), 1000);
  expect([Buffer.byteLength(cut) <= 1000, cut.isWellFormed()]).toEqual([true, true]);
});

test('a cut is behind a whole word, unless that is very long', () => {
  expect(cutText('one two three four', 15)).toBe('one two…');
  expect(cutText(`one ${'x'.repeat(100)}`, 60)).toBe('one…');
  expect(cutText(`one ${'x'.repeat(1000)}`, 500)).toBe(`one ${'x'.repeat(493)}…`);
});

test('a long text costs no more than a short one', () => {
  const text = 'x図'.repeat(10_000_000);
  const before = cpuTime();
  for (let n = 0; n < 100; n++) cutText(text, 2048);
  expect(cpuTime() - before).toBeLessThan(1000);
});
