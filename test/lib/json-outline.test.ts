import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outlineOf } from '../../src/lib/json-outline.ts';
import { documentOf } from '../../src/lib/json-scanner.ts';

function outlined(text: string): unknown {
  const document = documentOf(Buffer.from(text));
  return document && outlineOf(document, document.root);
}

test('a small value is itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(outlined(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a large value has its own type, and parts of a bounded size', () => {
  const long = 'é'.repeat(100_000);
  expect(outlined(JSON.stringify(long))).toBe(long.slice(0, 1024));
  expect(outlined(JSON.stringify({ a: long, b: 1 }))).toEqual({ a: long.slice(0, 1024), b: 1 });
  expect(outlined(`[${'1,'.repeat(100_000)}2]`)).toSatisfy(
    (value) => Array.isArray(value) && value.length < 100_000 && value[0] === 1,
  );
  expect(outlined(JSON.stringify(Array.from({ length: 50_000 }, (_, n) => ({ n }))))).toHaveLength(9999);
  expect(outlined('9'.repeat(100_000))).toBe(Number.POSITIVE_INFINITY);
});
