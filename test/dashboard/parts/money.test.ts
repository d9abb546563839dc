import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAmount, formatExact, formatSpend, sumUsd, toNano } from '../../../dashboard/parts/money.ts';

test('sums of dollars are exact to the billionth, where sums of numbers are not', () => {
  expect(0.1 + 0.2).not.toBe(0.3);
  expect(sumUsd([0.1, 0.2])).toBe(0.3);
  expect(sumUsd([])).toBe(0);
});

test('a sum with an unknown amount is unknown', () => {
  expect(sumUsd([0.1, null])).toBeNull();
});

test('the sum of any amounts in billionths is the sum of their billionths', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e12 }), { maxLength: 50 }), (nanos) => {
      const sum = sumUsd(nanos.map((nano) => nano / 1e9));
      expect(sum === null ? null : toNano(sum)).toBe(nanos.reduce((total, nano) => total + nano, 0));
    }),
  );
});

test('an amount that would round to zero is shown as less than the smallest one', () => {
  expect(formatAmount(0.0000004, 6)).toBe('<0.000001');
  expect(formatAmount(0.0000005, 6)).toBe('0.000001');
  expect(formatAmount(0, 6)).toBe('0.000000');
  expect(formatAmount(1234.5, 2)).toBe('1,234.50');
});

test('an exact amount has all decimals that were counted, and at least two', () => {
  expect(formatExact(0.001_259_2)).toBe('$0.0012592');
  expect(formatExact(12.5)).toBe('$12.50');
  expect(formatExact(0.000_000_001)).toBe('$0.000000001');
});

test('spend below a dollar has six decimals, more has two', () => {
  expect(formatSpend(0.540_414)).toBe('$0.540414');
  expect(formatSpend(61.384)).toBe('$61.38');
  expect(formatSpend(0)).toBe('$0.00');
});
