import { expect, test } from 'vitest';
import type { Leases } from '../../src/budgets/leases.ts';
import { ownCrossings } from '../../src/budgets/crossings.ts';
import { createOwnerAdmission } from '../../src/budgets/owner-admission.ts';
import { createReservationCounts } from '../../src/budgets/reservation-counts.ts';
import { createSpendLedger } from '../../src/budgets/spend-ledger.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { createDemands } from '../../src/limits/demand.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { createPrices } from '../../src/targets/prices.ts';
import { budgetOf } from '../helpers/budget.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';
import { targetOf } from '../helpers/target.ts';

const PRICED = targetOf({ model: 'priced', price: { input: 1, output: 10 } });
const UNKNOWN = targetOf({ model: 'unknown' });
/** Nothing is asked of the leases here. */
const LEASES = { acquire: () => Promise.reject(new Error('asked')) } as unknown as Leases;

/** Why each of the two targets would be excluded for a principal, with nothing reserved. */
function excludedFor(principal: Principal, leases?: Leases): readonly (string | undefined)[] {
  const clock = fakeClock();
  const reservations = createReservationCounts();
  const admission = createOwnerAdmission({
    state: createMemoryState(clock),
    ledger: createSpendLedger({ shared: leases !== undefined }),
    prices: createPrices(),
    demands: createDemands(),
    clock,
    termsOf: () => undefined,
    onSpent: () => undefined,
    crossings: ownCrossings(() => undefined),
    leases,
    reservations,
    whenUnknown: () => 'serve',
  });
  const call = callOf({ input: HELLO });
  // Only these members are read.
  const chain = { entries: [{ targets: [PRICED] }, { targets: [UNKNOWN] }] } as never;
  const needs = call.operation.needsOf(call.body, call.content);
  const excludes = admission.wouldExclude?.({ principal, call, chain, needs, now: clock.now() });
  expect(reservations.open).toBe(0);
  return [PRICED, UNKNOWN].map((target) => excludes?.(target)?.reason);
}

test.each([
  ['no budget', undefined, [undefined, undefined]],
  ['a budget with room', 1e12, [undefined, 'no_price']],
  ['a budget without room', 1, ['over_budget', 'no_price']],
])('%s excludes from a plan what it would exclude from a request', (_, amountNano, reasons) => {
  const budgets = amountNano === undefined ? undefined : [budgetOf({ amountNano })];
  expect(excludedFor(principalOf('ci', { budgets }))).toEqual(reasons);
});

test('what the store may still lease is not taken for a budget without room', () => {
  const principal = principalOf('ci', { budgets: [budgetOf({ amountNano: 1e12 })] });
  expect(excludedFor(principal, LEASES)).toEqual([undefined, 'no_price']);
});
