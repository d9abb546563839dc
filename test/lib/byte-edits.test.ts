import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteEdits } from '../../src/lib/byte-edits.ts';

test('ranges are replaced in any order, and every other byte stays', () => {
  const part = fc.tuple(fc.string(), fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat()), (parts, order) => {
      const bytes = Buffer.from(parts.map(([text]) => text).join(''));
      const edits = new ByteEdits();
      let at = 0;
      const ranges = parts.map(([text, replacement]) => {
        const start = at;
        at += Buffer.byteLength(text);
        return { start, end: at, replacement };
      });
      // Ranges without bytes at one place have no order among each other.
      const edited = ranges.filter(({ start, end, replacement }) => replacement !== undefined && end > start);
      const shuffled = edited
        .map((range, index) => ({ range, key: order[index] ?? index }))
        .toSorted((a, b) => a.key - b.key);
      for (const { range } of shuffled) edits.replace(range.start, range.end, range.replacement ?? '');
      const expected = parts.map(([text, replacement]) => (text === '' ? text : (replacement ?? text))).join('');
      expect(edits.apply(bytes).toString()).toBe(expected);
      expect(edits.size).toBe(edited.length);
      expect(Buffer.concat(edits.pieces(bytes)).toString()).toBe(expected);
    }),
  );
});

test('a part of the bytes can be edited', () => {
  const edits = new ByteEdits();
  edits.replace(4, 5, 'four');
  edits.replace(2, 2, '+');
  expect(edits.apply(Buffer.from('0123456789'), 1, 7).toString()).toBe('1+23four56');
});
