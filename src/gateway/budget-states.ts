import type { Accounts } from '../accounts/accounts.ts';
import type { KeyReplica } from '../auth/key-replica.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { Budget, BudgetOwner } from '../domain/budget.ts';
import type { Standings } from '../domain/standing.ts';
import type { Metrics } from '../observe/metrics/metrics.ts';
import type { BudgetState } from '../observe/metrics/budget-readings.ts';

/** What the budgets of metrics are read from. */
export interface BudgetParts {
  readonly metrics: Pick<Metrics, 'keyIds' | 'knowKey'>;
  readonly active: Pick<ActiveConfig, 'snapshot'>;
  readonly replica: Pick<KeyReplica, 'table'>;
  readonly accounts: Pick<Accounts, 'tenant'>;
  readonly money: { readonly standings: Standings };
}

/** An owner of budgets, and its labels. */
interface LabelledOwner extends BudgetOwner {
  readonly tenant: string;
  readonly name: string;
  readonly budgets: readonly Budget[] | undefined;
}

/** The budgets of the keys that have series of their own, those of the configuration first, and of their tenants and the configured ones. */
export function* budgetStates({ metrics, active, replica, accounts, money }: BudgetParts): Generator<BudgetState> {
  const { keys, keysById, tenants } = active.snapshot;
  for (const { id } of keys) metrics.knowKey(id);
  const names = new Set(tenants.keys());
  const owners: LabelledOwner[] = [];
  for (const id of metrics.keyIds()) {
    const key = keysById.get(id) ?? replica.table.key(id);
    if (key === undefined) continue;
    const { name, tenant, budgets } = key;
    if (tenant !== '') names.add(tenant);
    owners.push({ kind: 'key', id, name, tenant, budgets });
  }
  for (const name of names)
    owners.push({ kind: 'tenant', id: name, name, tenant: name, budgets: accounts.tenant(name)?.budgets });
  for (const owner of owners) {
    const standing = money.standings.of(owner);
    for (const budget of owner.budgets ?? [])
      yield { owner: owner.kind, tenant: owner.tenant, name: owner.name, budget, ...standing.budget(budget) };
  }
}
