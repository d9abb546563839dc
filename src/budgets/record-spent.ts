import type { BudgetCrossed } from '../domain/events.ts';
import type { Principal } from '../domain/principal.ts';
import type { Settled } from './budget-hold.ts';
import type { OwnerAdmissionOptions } from './admission-options.ts';

/** Stores what a request has spent, and reports each budget that has crossed its soft limit or its amount. */
export function recordSpent(options: OwnerAdmissionOptions, principal: Principal, settled: readonly Settled[]): void {
  if (settled.length === 0) return;
  const { leases, onSpent } = options;
  if (leases !== undefined) for (const { owned } of settled) leases.used(owned);
  onSpent(settled.map(({ spent }) => spent));
  for (const each of settled) {
    const { amountNano, soft } = each.owned.budget;
    if (soft < 1 && hasCrossed(each, amountNano * soft))
      report(options, { principal, settled: each, threshold: 'soft' });
    if (hasCrossed(each, amountNano)) report(options, { principal, settled: each, threshold: 'amount' });
  }
}

function hasCrossed({ beforeNano, spent }: Settled, nano: number): boolean {
  return beforeNano < nano && beforeNano + spent.nano >= nano;
}

interface Crossing extends Pick<BudgetCrossed, 'threshold'> {
  readonly principal: Principal;
  readonly settled: Settled;
}

function report({ ledger, clock, emit }: OwnerAdmissionOptions, { principal, settled, threshold }: Crossing): void {
  const { owned, beforeNano, spent } = settled;
  const { owner, budget } = owned;
  const { endsAt } = ledger.account(owned, clock.now());
  emit({
    kind: 'budget_crossed',
    owner: owner.kind,
    ownerId: owner.id,
    ownerName: owner.name,
    tenant: principal.tenant,
    period: budget.period,
    amountNano: budget.amountNano,
    spentNano: beforeNano + spent.nano,
    threshold,
    resetsAt: Number.isFinite(endsAt) ? endsAt : undefined,
  });
}
