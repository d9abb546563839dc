import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tagsOf } from '../../src/door/tags.ts';

const tags = (header: string | string[]): readonly string[] => tagsOf({ 'x-spillway-tags': header });

test('tags are separated by commas, and each counts once', () => {
  expect(tags('team=search, job=nightly,, team=search ,')).toEqual(['team=search', 'job=nightly']);
  expect(tags(['a', 'b'])).toEqual(['a', 'b']);
  expect(tagsOf({})).toEqual([]);
});

test('whatever a client sends is at most 8 tags of 64 printable characters, and no error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (header) => {
      const found = tags(header);
      expect(found.length).toBeLessThanOrEqual(8);
      for (const tag of found) expect(tag).toMatch(/^[\x20-\x7e]{1,64}$/);
    }),
  );
  expect(tags(Array.from({ length: 20 }, (_, n) => `t${n}`).join())).toHaveLength(8);
  expect(tags('x'.repeat(1_000_000))).toEqual(['x'.repeat(64)]);
  expect(tags('a\nb\r\u{202e}')).toEqual(['a?b??']);
});
