import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createLeases, type Leases } from '../../src/budgets/leases.ts';
import type { OwnerBudget } from '../../src/budgets/held-budget.ts';
import { createSpendLedger, type SpendLedger } from '../../src/budgets/spend-ledger.ts';
import { ownedBudget } from '../../src/domain/budget.ts';
import type { LeasedSpend, SpendLeaseRequest } from '../../src/store/store.ts';
import { budgetOf } from '../helpers/budget.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';

const RENEW_MS = 20_000;
const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;
const NEEDED = 100;
const GRANTED = 1000;

interface Leased {
  readonly clock: FakeClock;
  readonly ledger: SpendLedger;
  readonly leases: Leases;
  readonly owned: OwnerBudget;
  /** The calls of the store, and what was given back, in order. */
  readonly calls: string[];
  /** What leases were requested. */
  readonly requested: Pick<SpendLeaseRequest, 'amountNano' | 'wantedNano'>[];
  /** How the next renewals end; an empty list: at once, and nothing is lost. */
  readonly renewals: Promise<readonly LeasedSpend[]>[];
  /** What the store says is lost with the next leases. */
  lostNano: number;
  /** What was given back is written once it resolves. */
  written: Promise<void>;
  /** Lets the time until the next renewal pass, and the renewal end. */
  readonly renewal: () => Promise<void>;
}

/** A request has reserved a part of a lease. */
async function leased(): Promise<Leased> {
  const clock = fakeClock();
  const ledger = createSpendLedger({ shared: true });
  const owner = { kind: 'key', id: 'key_1', name: 'ci', counted: undefined, budgets: undefined } as const;
  const owned = ownedBudget(owner, budgetOf({ amountNano: 10 * GRANTED }));
  const leases = createLeases({
    ledger,
    clock,
    process: 'p',
    onGiveBack: (rows) => all.calls.push(...rows.map(({ nano }) => `give back ${nano}`)),
    givenBack: () => all.written,
    store: {
      lease(_, { startsAt, amountNano, wantedNano }) {
        all.requested.push({ amountNano, wantedNano });
        return Promise.resolve({ startsAt, grantedNano: GRANTED, spentNano: 0, lostNano: all.lostNano });
      },
      renew() {
        all.calls.push('renew');
        return all.renewals.shift() ?? Promise.resolve([]);
      },
      end() {
        all.calls.push('end');
        return Promise.resolve();
      },
    },
  });
  const all: Leased = {
    clock,
    ledger,
    leases,
    owned,
    calls: [],
    requested: [],
    renewals: [],
    lostNano: 0,
    written: Promise.resolve(),
    async renewal() {
      clock.advance(RENEW_MS);
      await setImmediate();
    },
  };
  expect(await leases.acquire([{ owned, wantedNano: NEEDED }])).toBe(true);
  ledger.reserve(owned, NEEDED, clock.now());
  return all;
}

/** The next renewals fail. */
function cutOff({ renewals }: Leased): void {
  for (let n = 0; n < 10; n++) {
    const failing = Promise.reject<readonly LeasedSpend[]>(new Error('The server does not answer.'));
    failing.catch(() => undefined);
    renewals.push(failing);
  }
}

test('a lease of which a request holds a part is prolonged as long as the request runs', async () => {
  const { calls, renewal } = await leased();
  for (let n = 0; n < 9; n++) await renewal();
  expect(calls).toEqual(Array.from({ length: 9 }, () => 'renew'));
});

test('a lease that nothing needed for half a minute is given back, and no timer is left', async () => {
  const { clock, ledger, owned, calls, renewal } = await leased();
  ledger.reserve(owned, -NEEDED, clock.now());
  await renewal();
  expect(calls).toEqual(['renew']);
  await renewal();
  expect(calls).toEqual(['renew', `give back ${GRANTED}`, 'renew']);
  expect(clock.waiting()).toBe(0);
  expect(ledger.left(owned, clock.now())).toBe(0);
});

test('a lease that is spent from is kept', async () => {
  const { clock, leases, ledger, owned, calls, renewal } = await leased();
  ledger.reserve(owned, -NEEDED, clock.now());
  for (let n = 0; n < 5; n++) {
    leases.used(owned);
    await renewal();
  }
  expect(calls).toEqual(Array.from({ length: 5 }, () => 'renew'));
});

test('a lease is of the amount that the budget has now', async () => {
  const { clock, leases, owned, requested } = await leased();
  const raised = { ...owned, budget: { ...owned.budget, amountNano: 20 * GRANTED } };
  clock.advance(1000);
  expect(await leases.acquire([{ owned: raised, wantedNano: 2 * GRANTED }])).toBe(true);
  expect(requested.map(({ amountNano }) => amountNano)).toEqual([10 * GRANTED, 20 * GRANTED]);
});

test('a budget of which too little was left is asked for again after a second, and at once in a new period or with another amount', async () => {
  const all = await leased();
  const { clock, leases, owned, requested } = all;
  const wantedNano = 100 * GRANTED;
  const want = async (amountNano = 10 * GRANTED): Promise<number> => {
    await leases.acquire([{ owned: { ...owned, budget: { ...owned.budget, amountNano } }, wantedNano }]);
    return requested.length;
  };
  const untilMidnight = DAY_MS - (clock.now() % DAY_MS);
  clock.advance(untilMidnight - 500);
  expect(await want()).toBe(2);
  clock.advance(499);
  expect(await want()).toBe(2);
  clock.advance(1);
  expect(await want()).toBe(3);
  expect(await want()).toBe(3);
  expect(await want(11 * GRANTED)).toBe(4);
  clock.advance(1000);
  expect(await want(11 * GRANTED)).toBe(5);
});

test('where nothing is missing, there is no more than before', async () => {
  const { leases, owned, requested } = await leased();
  expect(await leases.acquire([{ owned, wantedNano: 0 }])).toBe(false);
  expect(requested).toHaveLength(1);
});

describe('a process that is cut off from the store', () => {
  test('counts on a lease for a minute from the start of the call that took it', async () => {
    const all = await leased();
    const { clock, ledger, leases, owned } = all;
    cutOff(all);
    clock.advance(LEASE_MS - 1);
    expect([ledger.left(owned, clock.now()), ledger.hasLapsed(owned, clock.now())]).toEqual([GRANTED - NEEDED, false]);
    clock.advance(1);
    expect([ledger.left(owned, clock.now()), ledger.hasLapsed(owned, clock.now())]).toEqual([-NEEDED, true]);
    await expect(leases.acquire([{ owned, wantedNano: 1 }])).rejects.toThrow('does not answer');
  });

  test('counts on it for a minute from the start of the last renewal that succeeded, not from its end', async () => {
    const all = await leased();
    const { clock, ledger, owned, renewals } = all;
    const slow = Promise.withResolvers<readonly LeasedSpend[]>();
    renewals.push(slow.promise);
    cutOff(all);
    clock.advance(RENEW_MS);
    clock.advance(3000);
    slow.resolve([]);
    await setImmediate();
    clock.advance(LEASE_MS - 3001);
    expect(ledger.left(owned, clock.now())).toBe(GRANTED - NEEDED);
    clock.advance(1);
    expect(ledger.left(owned, clock.now())).toBe(-NEEDED);
  });

  test('counts on it again once the store is back, without another lease', async () => {
    const all = await leased();
    const { clock, ledger, leases, owned, requested, renewals } = all;
    cutOff(all);
    clock.advance(LEASE_MS);
    await setImmediate();
    renewals.length = 0;
    const wanted = [{ owned, wantedNano: 1 }];
    expect(await Promise.all([leases.acquire(wanted), leases.acquire(wanted)])).toEqual([true, true]);
    expect([ledger.left(owned, clock.now()), requested.length]).toEqual([GRANTED - NEEDED, 1]);
  });

  test.each(['renewal', 'lease'] as const)('learns by the next %s what it has lost meanwhile', async (by) => {
    const all = await leased();
    const { clock, ledger, leases, owned, requested, renewals } = all;
    cutOff(all);
    clock.advance(LEASE_MS);
    await setImmediate();
    renewals.length = 0;
    const { startsAt } = ledger.account(owned, clock.now());
    const lost = { owner: owned.ownerName, budget: owned.budgetName, startsAt, nano: GRANTED };
    // It had spent all of it, and more, of which the store knew nothing when it took the lease away.
    ledger.spend(owned, GRANTED + 5, clock.now());
    if (by === 'renewal') {
      renewals.push(Promise.resolve([lost]));
      await all.renewal();
      expect(ledger.left(owned, clock.now())).toBe(-GRANTED - 5 - NEEDED);
    }
    all.lostNano = GRANTED;
    expect(await leases.acquire([{ owned, wantedNano: NEEDED }])).toBe(true);
    expect(ledger.left(owned, clock.now())).toBe(-5 - NEEDED);
    // What is owed is requested with what is wanted.
    const owed = by === 'renewal' ? GRANTED + 5 + NEEDED : 5 + NEEDED;
    expect(requested[1]?.wantedNano).toBe(NEEDED + owed);
  });
});

test('a budget of which something was given back is leased anew once the store has that', async () => {
  const all = await leased();
  const { clock, ledger, leases, owned, requested } = all;
  ledger.reserve(owned, -NEEDED, clock.now());
  await all.renewal();
  await all.renewal();
  const written = Promise.withResolvers<void>();
  all.written = written.promise;
  const acquired = leases.acquire([{ owned, wantedNano: NEEDED }]);
  await setImmediate();
  expect(requested).toHaveLength(1);
  written.resolve();
  expect(await acquired).toBe(true);
});

test('a disposal during a renewal leaves no timer', async () => {
  const { clock, leases, renewals, calls } = await leased();
  const slow = Promise.withResolvers<readonly LeasedSpend[]>();
  renewals.push(slow.promise);
  clock.advance(RENEW_MS);
  await leases[Symbol.asyncDispose]();
  slow.resolve([]);
  await setImmediate();
  expect([calls, clock.waiting()]).toEqual([['renew', 'end'], 0]);
});
