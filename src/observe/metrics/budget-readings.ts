import type { Budget, BudgetOwner } from '../../domain/budget.ts';
import type { BudgetStanding } from '../../domain/standing.ts';
import { dollarsOf } from '../../domain/usage.ts';
import { SECTIONS } from './definitions.ts';
import { once, type Reading } from './metric.ts';

/** A budget of a key or a tenant, as it stands. */
export interface BudgetState extends BudgetStanding {
  readonly owner: BudgetOwner['kind'];
  /** The key's tenant, or the tenant itself; empty without one. */
  readonly tenant: string;
  readonly name: string;
  readonly budget: Budget;
}

/** What budgets are read from. */
export interface BudgetSources {
  readonly budgets: () => Iterable<BudgetState>;
}

/** The budgets of keys and tenants, and how they stand. */
export function budgetReadings({ budgets }: BudgetSources): readonly Reading[] {
  const { budgetAmount, budgetRemaining, budgetReserved } = SECTIONS.limits;
  const states = once(() => [...budgets()]);
  const each = (definition: Reading['definition'], nanoOf: (state: BudgetState) => number): Reading => ({
    definition,
    read(add) {
      for (const state of states()) add(labelsOf(state), dollarsOf(nanoOf(state)));
    },
  });
  return [
    each(budgetAmount, ({ budget }) => budget.amountNano),
    each(budgetRemaining, ({ budget, spentNano, reservedNano }) =>
      Math.max(0, budget.amountNano - spentNano - reservedNano),
    ),
    each(budgetReserved, ({ reservedNano }) => reservedNano),
  ];
}

function labelsOf({ owner, tenant, name, budget: { period, models } }: BudgetState): readonly string[] {
  return [owner, tenant, name, period, models?.toSorted().join(',') ?? ''];
}
