import { expect, test } from 'vitest';
import { createLeases, type Leases } from '../../src/budgets/leases.ts';
import type { OwnerBudget } from '../../src/budgets/held-budget.ts';
import { createSpendLedger, type SpendLedger } from '../../src/budgets/spend-ledger.ts';
import { ownedBudget } from '../../src/domain/budget.ts';
import { budgetOf } from '../helpers/budget.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';

const RENEW_MS = 20_000;
const NEEDED = 100;
const GRANTED = 1000;

interface Leased {
  readonly clock: FakeClock;
  readonly ledger: SpendLedger;
  readonly leases: Leases;
  readonly owned: OwnerBudget;
  /** What the store was told, in order. */
  readonly told: string[];
  /** The amounts of the budgets that leases were asked of. */
  readonly amounts: number[];
  /** Lets the time until the next renewal pass, and the renewal end. */
  readonly renewal: () => Promise<void>;
}

/** A request has reserved a part of a lease. */
async function leased(): Promise<Leased> {
  const clock = fakeClock();
  const ledger = createSpendLedger({ shared: true });
  const owner = { kind: 'key', id: 'key_1', name: 'ci', counted: undefined, budgets: undefined } as const;
  const owned = ownedBudget(owner, budgetOf({ amountNano: 10 * GRANTED }));
  const told: string[] = [];
  const amounts: number[] = [];
  const tell = (text: string): Promise<void> => {
    told.push(text);
    return Promise.resolve();
  };
  const leases = createLeases({
    ledger,
    clock,
    process: 'p',
    store: {
      lease(_, { startsAt, amountNano }) {
        amounts.push(amountNano);
        return Promise.resolve({ startsAt, grantedNano: GRANTED, spentNano: 0 });
      },
      renew: () => tell('renew'),
      giveBack: (_, { nano }) => tell(`give back ${nano}`),
      end: () => tell('end'),
    },
  });
  expect(await leases.acquire([{ owned, wantedNano: NEEDED }])).toBe(true);
  ledger.reserve(owned, NEEDED, clock.now());
  const renewal = async (): Promise<void> => {
    clock.advance(RENEW_MS);
    await new Promise(setImmediate);
  };
  return { clock, ledger, leases, owned, told, amounts, renewal };
}

test('a lease of which a request holds a part is prolonged as long as the request runs', async () => {
  const { told, renewal } = await leased();
  for (let n = 0; n < 9; n++) await renewal();
  expect(told).toEqual(Array.from({ length: 9 }, () => 'renew'));
});

test('a lease that nothing needed for half a minute is given back, and no timer is left', async () => {
  const { clock, ledger, owned, told, renewal } = await leased();
  ledger.reserve(owned, -NEEDED, clock.now());
  await renewal();
  expect(told).toEqual(['renew']);
  await renewal();
  expect(told).toEqual(['renew', 'renew', `give back ${GRANTED}`]);
  expect(clock.waiting()).toBe(0);
  expect(ledger.left(owned, clock.now())).toBe(0);
});

test('a lease that is spent from is kept', async () => {
  const { clock, leases, ledger, owned, told, renewal } = await leased();
  ledger.reserve(owned, -NEEDED, clock.now());
  for (let n = 0; n < 5; n++) {
    leases.used(owned);
    await renewal();
  }
  expect(told).toEqual(Array.from({ length: 5 }, () => 'renew'));
});

test('a lease is of the amount that the budget has now', async () => {
  const { clock, leases, owned, amounts } = await leased();
  const raised = { ...owned, budget: { ...owned.budget, amountNano: 20 * GRANTED } };
  clock.advance(1000);
  expect(await leases.acquire([{ owned: raised, wantedNano: 2 * GRANTED }])).toBe(true);
  expect(amounts).toEqual([10 * GRANTED, 20 * GRANTED]);
});

test('where nothing is missing, there is no more than before', async () => {
  const { leases, owned, amounts } = await leased();
  expect(await leases.acquire([{ owned, wantedNano: 0 }])).toBe(false);
  expect(amounts).toHaveLength(1);
});
