import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHedgeBudget } from '../../src/limits/hedge-budget.ts';

const chain = (budget: number, name = 'default') => ({ name, hedge: { budget } });

test('three hedges are allowed before any traffic, and then one for every twenty requests at a budget of 5 %', () => {
  const budget = createHedgeBudget();
  const own = chain(0.05);
  expect(Array.from({ length: 4 }, () => budget.mayHedge(own))).toEqual([true, true, true, false]);
  for (let n = 0; n < 19; n++) budget.recordRequest(own);
  expect(budget.mayHedge(own)).toBe(false);
  budget.recordRequest(own);
  expect([budget.mayHedge(own), budget.mayHedge(own)]).toEqual([true, false]);
  expect(budget.mayHedge(chain(0.05, 'other'))).toBe(true);
});

test('no more than twenty hedges are saved up, and one that was not sent is given back', () => {
  const budget = createHedgeBudget();
  const own = chain(0.1);
  for (let n = 0; n < 10_000; n++) budget.recordRequest(own);
  expect(Array.from({ length: 100 }, () => budget.mayHedge(own)).filter(Boolean)).toHaveLength(20);
  budget.giveBack(own);
  expect([budget.mayHedge(own), budget.mayHedge(own)]).toEqual([true, false]);
});

test('a budget of 1 allows a hedge for each request', () => {
  const budget = createHedgeBudget();
  for (let n = 0; n < 1000; n++) {
    budget.recordRequest(chain(1));
    expect(budget.mayHedge(chain(1))).toBe(true);
  }
});

test('for any budget and traffic hedges are at most three and the share of the requests, and none is refused far below that', () => {
  const step = fc.record({ requests: fc.nat(60), hedges: fc.nat(4) });
  const share = fc.oneof(
    fc.double({ min: 0.01, max: 1, noNaN: true }),
    fc.integer({ min: 1, max: 100 }).map((n) => 1 / n),
  );
  fc.assert(
    fc.property(share, fc.array(step, { maxLength: 60, size: 'max' }), (budget, steps) => {
      const all = createHedgeBudget();
      const own = chain(budget);
      let sent = 0;
      let hedged = 0;
      for (const { requests, hedges } of steps) {
        for (let n = 0; n < requests; n++) all.recordRequest(own);
        sent += requests;
        for (let n = 0; n < hedges; n++) {
          if (all.mayHedge(own)) hedged++;
          // A hedge costs a whole number of requests; up to 17 times that nothing is lost to the limit of what can be saved up.
          else if (sent < 17 / budget)
            expect(hedged + 1).toBeGreaterThan(3 + sent / Math.ceil(1 / budget - 1e-9) - 1e-6);
          expect(hedged).toBeLessThanOrEqual(3 + sent * budget + 1e-6);
        }
      }
    }),
    { numRuns: 300 },
  );
});
