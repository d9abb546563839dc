import { expect, test } from 'vitest';
import { sumOfUsages } from '../../src/domain/usage.ts';

test('the sum of usages has every count of them', () => {
  const a = { input: 3, output: 0, cost: 0.5, source: 'provider' } as const;
  const b = { input: 4, output: 1, cost: 0.25, source: 'provider' } as const;
  expect(sumOfUsages([a, b])).toEqual({ input: 7, output: 1, cost: 0.75, source: 'provider' });
  expect(sumOfUsages([a])).toEqual(a);
});

test('a count that one usage lacks makes the sum approximate, a cost that one lacks is unknown, and an estimate makes it one', () => {
  const a = { input: 3, output: 2, cost: 0.5, source: 'provider' } as const;
  const b = { input: 4, output: undefined, source: 'estimated' } as const;
  expect(sumOfUsages([a, b])).toEqual({
    input: 7,
    output: 2,
    source: 'estimated',
    approximate: true,
  });
});
