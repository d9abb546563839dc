import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRetryBudget } from '../../src/limits/retry-budget.ts';

test('three retries are allowed before any traffic, and then one for every five requests', () => {
  const budget = createRetryBudget();
  expect(Array.from({ length: 4 }, () => budget.mayRetry('k'))).toEqual([true, true, true, false]);
  for (let each = 0; each < 4; each++) budget.recordRequest('k');
  expect(budget.mayRetry('k')).toBe(false);
  budget.recordRequest('k');
  expect(budget.mayRetry('k')).toBe(true);
  expect(budget.mayRetry('k')).toBe(false);
  expect([budget.refused('k'), budget.refused('other')]).toEqual([3, 0]);
  expect(budget.mayRetry('other')).toBe(true);
});

test('no more than twenty retries are saved up', () => {
  const budget = createRetryBudget();
  for (let each = 0; each < 10_000; each++) budget.recordRequest('k');
  const allowed = Array.from({ length: 100 }, () => budget.mayRetry('k')).filter(Boolean);
  expect(allowed).toHaveLength(20);
  expect(budget.refused('k')).toBe(80);
});

test('under any traffic retries are at most three and a fifth of the requests, and none is refused below that', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b'), requests: fc.nat(12), retries: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const budget = createRetryBudget();
      const counts = { a: { sent: 0, retried: 0, refused: 0 }, b: { sent: 0, retried: 0, refused: 0 } };
      for (const { key, requests, retries } of steps) {
        const count = counts[key];
        for (let each = 0; each < requests; each++) budget.recordRequest(key);
        count.sent += requests;
        for (let each = 0; each < retries; each++) {
          const before = count.retried;
          if (budget.mayRetry(key)) count.retried++;
          else count.refused++;
          expect(count.retried).toBeLessThanOrEqual(3 + count.sent / 5);
          // Up to 85 requests nothing is lost to the limit of what can be saved up.
          if (count.sent <= 85 && count.retried === before) expect(before + 1).toBeGreaterThan(3 + count.sent / 5);
        }
        expect(budget.refused(key)).toBe(count.refused);
      }
    }),
    { numRuns: 300 },
  );
});

test('of too many keys the one used longest ago is forgotten first', () => {
  const budget = createRetryBudget();
  for (const key of ['busy', 'idle']) while (budget.mayRetry(key));
  for (let each = 0; each < 10_000; each++) {
    budget.recordRequest(`k${each}`);
    if (each === 5000) budget.mayRetry('busy');
  }
  expect(budget.refused('busy')).toBe(2);
  expect(budget.mayRetry('busy')).toBe(false);
  expect(budget.refused('idle')).toBe(0);
});
