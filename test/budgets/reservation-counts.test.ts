import { expect, test } from 'vitest';
import { ownCrossings } from '../../src/budgets/crossings.ts';
import { createOwnerAdmission } from '../../src/budgets/owner-admission.ts';
import { createReservationCounts } from '../../src/budgets/reservation-counts.ts';
import { createSpendLedger } from '../../src/budgets/spend-ledger.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { NO_COST } from '../../src/domain/usage.ts';
import type { Reservation } from '../../src/limits/admission.ts';
import { createDemands } from '../../src/limits/demand.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { createPrices } from '../../src/targets/prices.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';
import { targetOf } from '../helpers/target.ts';

const END = { usage: undefined, trail: [], cost: NO_COST };

/** Reserves for principals, at a chain of one entry. */
function admission() {
  const clock = fakeClock();
  const counts = createReservationCounts();
  const made = createOwnerAdmission({
    state: createMemoryState(clock),
    ledger: createSpendLedger({ shared: false }),
    prices: createPrices(),
    demands: createDemands(),
    clock,
    termsOf: () => undefined,
    onSpent: () => undefined,
    crossings: ownCrossings(() => undefined),
    reservations: counts,
    whenUnknown: () => 'serve',
  });
  const call = callOf({ input: HELLO });
  // Only these members are read.
  const entry = { targets: [targetOf()], timeouts: { connect: 1000, total: 1000 } };
  const chain = { entries: [entry], deadline: 1000 } as never;
  const needs = call.operation.needsOf(call.body, call.content);
  const reserveFor = (principal: Principal): Reservation =>
    made.reserve({ principal, call, chain, needs, now: clock.now() }) as Reservation;
  return { counts, reserveFor };
}

test('reservations are open until they are settled, and a second settle is counted and does nothing', () => {
  const { counts, reserveFor } = admission();
  const principal = principalOf('ci', { limits: { concurrency: 2 } });
  const [first, second] = [reserveFor(principal), reserveFor(principal)];
  expect(counts).toEqual({ open: 2, settledTwice: 0 });
  expect(() => reserveFor(principal)).toThrow('2 requests at a time');
  first.settle(END);
  first.settle(END);
  expect(counts).toEqual({ open: 1, settledTwice: 1 });
  second.settle(END);
  expect(counts).toEqual({ open: 0, settledTwice: 1 });
});

test('a principal without limits and budgets holds nothing', () => {
  const { counts, reserveFor } = admission();
  reserveFor(principalOf('free'));
  expect(counts.open).toBe(0);
});
