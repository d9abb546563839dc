import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countOf } from '../../src/refusals/count-in-text.ts';
import { COUNT } from '../../src/refusals/wordings/count.ts';

const AT = new RegExp(`limit (${COUNT})`);
const read = (text: string): number | undefined => countOf(AT.exec(`limit ${text}`)?.[1]);

test.each([
  ['8192', 8192],
  ['8192.', 8192],
  ['8192, used 3', 8192],
  ['131 072 tokens', 131_072],
  ['131\u202f072 tokens', 131_072],
  ['1,000,000 tokens', 1_000_000],
  ['1_000_000', 1_000_000],
  ["1'000'000", 1_000_000],
  ['131.072 tokens', 131_072],
  ['128k tokens', 128_000],
  ['128 k tokens', 128_000],
  ['1.5m tokens', 1_500_000],
  ['0', 0],
])('%j is read as %i', (text, number) => {
  expect(read(text)).toBe(number);
});

test.each([
  '128kb',
  '2.5 tokens',
  '1 000 0000',
  '8192x',
  '80%',
  '1 million tokens',
  '2 thousand',
  '0.001',
  '9'.repeat(16),
])('%j is not a count', (text) => {
  expect(read(text)).toBeUndefined();
});

test('every number is read with every separator between its thousands', () => {
  const between = fc.constantFrom(',', '_', '.', ' ', '\u00a0', '\u2009', '\u202f', "'");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), between, (number, mark) => {
      expect(read(`${number} tokens`)).toBe(number);
      expect(read(`${number.toLocaleString('en').replaceAll(',', mark)} tokens`)).toBe(number);
    }),
  );
});
