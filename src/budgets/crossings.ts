import type { OwnedBudget } from '../domain/budget.ts';
import type { BudgetCrossed, Emit } from '../domain/events.ts';
import type { Principal } from '../domain/principal.ts';
import type { AddedSpend } from '../store/write-batches.ts';
import type { Settled } from './budget-hold.ts';
import type { OwnerBudget } from './held-budget.ts';
import { periodAt } from './period.ts';

/** Reports each budget that has crossed its soft limit or its amount. */
export interface Crossings {
  /** Notes what a request has spent. Must not wait. */
  settled(principal: Principal, settled: readonly Settled[]): void;
}

/** Makes the reports of a process that has its budgets for itself: at once. */
export function ownCrossings(emit: Emit): Crossings {
  return {
    settled({ tenant }, settled) {
      for (const { owned, spent, beforeNano } of settled)
        report(emit, { owned, tenant }, { ...spent, totalNano: beforeNano + spent.nano });
    },
  };
}

/** The reports of a process that shares budgets with others. */
export interface SharedCrossings extends Crossings {
  /** Reports what a batch has crossed that was written. */
  written(added: readonly AddedSpend[]): void;
}

/**
 * Makes the reports of a process that shares budgets with others: once what was spent is written. Their common sum decides, to which they add one after the
 * other, so that each crossing is reported by one of them. Bounded by the number of budgets.
 */
export function sharedCrossings(emit: Emit): SharedCrossings {
  const known = new Map<string, Known>();
  return {
    settled({ tenant }, settled) {
      for (const { owned } of settled) known.set(owned.account, { owned, tenant });
    },
    written(added) {
      for (const each of added) {
        const spender = known.get(`${each.owner}\n${each.budget}`);
        if (spender !== undefined) report(emit, spender, each);
      }
    },
  };
}

/** A budget as the newest request has it that has spent of it, and the tenant of that request's key. */
interface Known {
  readonly owned: OwnerBudget;
  readonly tenant: string;
}

function report(emit: Emit, { owned, tenant }: Known, { nano, startsAt, totalNano }: AddedSpend): void {
  const { owner, budget } = owned;
  const { amountNano, soft, period } = budget;
  const hasCrossed = (threshold: number): boolean => totalNano - nano < threshold && totalNano >= threshold;
  const crossed: BudgetCrossed['threshold'][] = [];
  if (soft < 1 && hasCrossed(amountNano * soft)) crossed.push('soft');
  if (hasCrossed(amountNano)) crossed.push('amount');
  for (const threshold of crossed)
    emit({
      kind: 'budget_crossed',
      owner: owner.kind,
      ownerId: owner.id,
      ownerName: owner.name,
      tenant,
      period,
      amountNano,
      spentNano: totalNano,
      threshold,
      resetsAt: endOf(budget, startsAt),
    });
}

function endOf(budget: OwnedBudget['budget'], startsAt: number): number | undefined {
  const { endsAt } = periodAt(budget, startsAt);
  return Number.isFinite(endsAt) ? endsAt : undefined;
}
