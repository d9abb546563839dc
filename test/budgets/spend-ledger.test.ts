import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSpendLedger } from '../../src/budgets/spend-ledger.ts';
import { type Budget, ownedBudget, type OwnedBudget } from '../../src/domain/budget.ts';
import { budgetOf } from '../helpers/budget.ts';

const DAY_MS = 24 * 3600_000;
const NOON = Date.parse('2026-11-30T12:00:00Z');

function owned(budget: Partial<Budget> = {}, id = 'key_1'): OwnedBudget {
  return ownedBudget({ kind: 'key', id }, budgetOf(budget));
}

const exclusive = () => createSpendLedger({ shared: false });

describe('an account', () => {
  test('what is left is the amount without what is spent and reserved', () => {
    const ledger = exclusive();
    ledger.reserve(owned(), 300, NOON);
    expect(ledger.spend(owned(), 200, NOON)).toEqual({
      owner: 'key:key_1',
      budget: 'day',
      startsAt: Date.parse('2026-11-30T00:00:00Z'),
      nano: 200,
    });
    expect(ledger.left(owned(), NOON)).toBe(500);
    ledger.reserve(owned(), -300, NOON);
    expect(ledger.left(owned(), NOON)).toBe(800);
  });

  test('begins anew with each period; what is reserved stays reserved', () => {
    const ledger = exclusive();
    ledger.spend(owned(), 900, NOON);
    ledger.reserve(owned(), 50, NOON);
    expect(ledger.account(owned(), NOON + DAY_MS)).toMatchObject({ spentNano: 0, reservedNano: 50 });
  });

  test('another amount keeps what is spent', () => {
    const ledger = exclusive();
    ledger.spend(owned(), 900, NOON);
    expect(ledger.left(owned({ amountNano: 5000 }), NOON)).toBe(4100);
  });

  test('another time zone keeps what is spent, and moves the end of the period', () => {
    const ledger = exclusive();
    ledger.spend(owned(), 900, NOON);
    const moved = owned({ timeZone: 'Europe/Berlin' });
    expect(ledger.account(moved, NOON)).toMatchObject({ spentNano: 900, endsAt: Date.parse('2026-11-30T23:00:00Z') });
    expect(ledger.account(moved, NOON + DAY_MS)).toMatchObject({ spentNano: 0 });
  });

  test.each([
    ['another key', owned({}, 'key_2')],
    ['another period', owned({ period: 'month' })],
    ['other models', owned({ models: ['groq/*'] })],
  ])('of %s is another one', (_what, other) => {
    const ledger = exclusive();
    ledger.spend(owned(), 900, NOON);
    expect(ledger.account(other, NOON)).toMatchObject({ spentNano: 0 });
  });

  test('the order of its models does not matter', () => {
    const ledger = exclusive();
    ledger.spend(owned({ models: ['b', 'a'] }), 900, NOON);
    expect(ledger.account(owned({ models: ['a', 'b'] }), NOON)).toMatchObject({ spentNano: 900 });
  });
});

describe('what earlier processes stored', () => {
  const today = Date.parse('2026-11-30T00:00:00Z');

  test('counts in its own period only', () => {
    const ledger = exclusive();
    ledger.restore([
      { owner: 'key:key_1', budget: 'day', startsAt: today - DAY_MS, nano: 500 },
      { owner: 'key:key_1', budget: 'day', startsAt: today, nano: 70 },
      { owner: 'key:key_2', budget: 'day', startsAt: today, nano: 900 },
    ]);
    expect(ledger.account(owned(), NOON)).toMatchObject({ spentNano: 70 });
  });

  test('counts in a period that another time zone has moved', () => {
    const ledger = exclusive();
    ledger.restore([{ owner: 'key:key_1', budget: 'day', startsAt: today, nano: 70 }]);
    expect(ledger.account(owned({ timeZone: 'Asia/Kolkata' }), NOON)).toMatchObject({ spentNano: 70 });
  });

  test('of all time counts for ever', () => {
    const ledger = exclusive();
    ledger.restore([{ owner: 'key:key_1', budget: 'total', startsAt: 0, nano: 70 }]);
    expect(ledger.account(owned({ period: 'total' }), NOON)).toMatchObject({ spentNano: 70, endsAt: Infinity });
  });
});

describe('a shared ledger', () => {
  const startsAt = Date.parse('2026-11-30T00:00:00Z');
  const LEASE = { startsAt, grantedNano: 100, spentNano: 0, lostNano: 0, countsUntil: Infinity };

  test('has only what is leased to it', () => {
    const ledger = createSpendLedger({ shared: true });
    expect(ledger.left(owned(), NOON)).toBe(0);
    ledger.lease(owned(), { ...LEASE, spentNano: 400 }, NOON);
    expect(ledger.left(owned(), NOON)).toBe(100);
    ledger.reserve(owned(), 60, NOON);
    expect(ledger.giveBack(owned(), NOON)).toBe(40);
    ledger.reserve(owned(), -60, NOON);
    ledger.spend(owned(), 50, NOON);
    expect(ledger.left(owned(), NOON)).toBe(10);
    expect(ledger.account(owned(), NOON)).toMatchObject({ spentNano: 450 });
  });

  test('a lease ends with its period, and one of another period does not count', () => {
    const ledger = createSpendLedger({ shared: true });
    ledger.lease(owned(), LEASE, NOON);
    expect(ledger.left(owned(), NOON + DAY_MS)).toBe(0);
    ledger.lease(owned(), LEASE, NOON + DAY_MS);
    expect(ledger.left(owned(), NOON + DAY_MS)).toBe(0);
  });

  test('has a lease as long as it counts, and owes what is spent after that', () => {
    const ledger = createSpendLedger({ shared: true });
    ledger.lease(owned(), { ...LEASE, countsUntil: NOON + 10 }, NOON);
    expect([9, 10].map((ms) => ledger.left(owned(), NOON + ms))).toEqual([100, 0]);
    ledger.spend(owned(), 130, NOON + 10);
    expect(ledger.left(owned(), NOON + 10)).toBe(-30);
    ledger.prolong(NOON + 20, []);
    expect(ledger.left(owned(), NOON + 10)).toBe(-30);
  });

  test('loses once what the store says is lost, however often and in which order it says so', () => {
    const ledger = createSpendLedger({ shared: true });
    const lost = (nano: number) => [{ owner: 'key:key_1', budget: 'day', startsAt, nano }];
    ledger.lease(owned(), LEASE, NOON);
    ledger.spend(owned(), 10, NOON);
    ledger.prolong(Infinity, lost(100));
    ledger.prolong(Infinity, lost(100));
    expect(ledger.left(owned(), NOON)).toBe(-10);
    ledger.lease(owned(), { ...LEASE, lostNano: 140 }, NOON);
    ledger.prolong(Infinity, lost(100));
    expect(ledger.left(owned(), NOON)).toBe(50);
    ledger.prolong(Infinity, [{ ...lost(500)[0]!, startsAt: startsAt - DAY_MS }]);
    expect(ledger.left(owned(), NOON)).toBe(50);
  });
});

test('every order of requests leaves nothing reserved, and spends exactly what they cost', () => {
  const request = fc.record({ held: fc.nat(400), cost: fc.nat(500), start: fc.nat(1000), end: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(request), (requests) => {
      const ledger = exclusive();
      const steps = requests.flatMap(({ held, cost, start, end }) => [
        { at: start, run: () => ledger.reserve(owned(), held, NOON) },
        {
          at: start + end,
          run: () => {
            ledger.reserve(owned(), -held, NOON);
            ledger.spend(owned(), cost, NOON);
          },
        },
      ]);
      for (const { run } of steps.toSorted((a, b) => a.at - b.at)) run();
      const spentNano = requests.reduce((sum, { cost }) => sum + cost, 0);
      expect(ledger.account(owned(), NOON)).toMatchObject({ spentNano, reservedNano: 0 });
    }),
  );
});
