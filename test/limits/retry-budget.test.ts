import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRetryBudget } from '../../src/limits/retry-budget.ts';

test('three retries are allowed before any traffic, and then one for every five requests', () => {
  const budget = createRetryBudget();
  expect(Array.from({ length: 4 }, () => budget.mayRetry('k'))).toEqual([true, true, true, false]);
  for (let each = 0; each < 4; each++) budget.asked('k');
  expect(budget.mayRetry('k')).toBe(false);
  budget.asked('k');
  expect(budget.mayRetry('k')).toBe(true);
  expect(budget.mayRetry('k')).toBe(false);
  expect([budget.refused('k'), budget.refused('other')]).toEqual([3, 0]);
  expect(budget.mayRetry('other')).toBe(true);
});

test('a quiet time saves up no more than twenty', () => {
  const budget = createRetryBudget();
  for (let each = 0; each < 10_000; each++) budget.asked('k');
  const allowed = Array.from({ length: 100 }, () => budget.mayRetry('k')).filter(Boolean);
  expect(allowed).toHaveLength(20);
  expect(budget.refused('k')).toBe(80);
});

test('under any traffic retries are at most a fifth of the requests and three, and no fewer than twenty saved up allow', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b'), ask: fc.nat(12), retry: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const budget = createRetryBudget();
      const told = { a: { asked: 0, retried: 0, refused: 0 }, b: { asked: 0, retried: 0, refused: 0 } };
      for (const { key, ask, retry } of steps) {
        const mine = told[key];
        for (let each = 0; each < ask; each++) budget.asked(key);
        mine.asked += ask;
        for (let each = 0; each < retry; each++) {
          const before = mine.retried;
          if (budget.mayRetry(key)) mine.retried++;
          else mine.refused++;
          expect(mine.retried).toBeLessThanOrEqual(3 + mine.asked / 5);
          // Nothing was ever lost by saving too much.
          if (mine.asked <= 85 && mine.retried === before) expect(before + 1).toBeGreaterThan(3 + mine.asked / 5);
        }
        expect(budget.refused(key)).toBe(mine.refused);
      }
    }),
    { numRuns: 300 },
  );
});

test('however many keys there are, who was asked longest ago is forgotten first', () => {
  const budget = createRetryBudget();
  for (const key of ['busy', 'idle']) while (budget.mayRetry(key));
  for (let each = 0; each < 10_000; each++) {
    budget.asked(`k${each}`);
    if (each === 5000) budget.mayRetry('busy');
  }
  expect(budget.refused('busy')).toBe(2);
  expect(budget.mayRetry('busy')).toBe(false);
  expect(budget.refused('idle')).toBe(0);
});
