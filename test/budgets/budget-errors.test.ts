import { expect, test } from 'vitest';
import { budgetExceeded } from '../../src/budgets/budget-errors.ts';
import { budgetOf } from '../helpers/budget.ts';

const OWNER = { kind: 'key', id: 'key_1', name: 'ci', counted: undefined, budgets: undefined } as const;

test.each([
  [49_200_000, 50_000_000, '$0.0492 of $0.05'],
  [1_234_567_891, 2_000_000_000, '$1.234567891 of $2.00'],
  [0, 1, '$0.00 of $0.000000001'],
  [499_999_999_999, 500_000_000_000, '$499.999999999 of $500.00'],
  [1_500_000_000, 100_000_000_000, '$1.50 of $100.00'],
])('the amounts of a budget are never rounded: %d of %d', (spentNano, amountNano, shown) => {
  const account = { spentNano, reservedNano: 0, startsAt: 0, endsAt: Infinity };
  const { message } = budgetExceeded({ owner: OWNER, budget: budgetOf({ amountNano }), account, showsAmounts: true });
  expect(message).toContain(`: ${shown}.`);
});
