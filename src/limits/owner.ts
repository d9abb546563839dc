import { type Budget, type BudgetOwner, ownerName } from '../domain/budget.ts';
import { type Limits, PLAIN_RULES } from '../domain/limits.ts';
import type { Principal } from '../domain/principal.ts';
import type { Counted } from '../state/limit-state.ts';

/** A key or a tenant with limits or budgets of its own. */
export interface Owner extends BudgetOwner {
  /** For people. */
  readonly name: string;
  readonly limits: Limits | undefined;
  readonly budgets: readonly Budget[] | undefined;
}

/** The limits and budgets of a tenant. */
export type TenantTerms = Pick<Owner, 'limits' | 'budgets'>;

/** Finds the terms of a tenant by its name; undefined for a tenant without any. Synchronous. */
export type TermsOf = (tenant: string) => TenantTerms | undefined;

/** The owners whose limits and budgets a principal's requests count against: its key, and its tenant. Those without any are left out. */
export function ownersOf(principal: Principal, termsOf: TermsOf): readonly Owner[] {
  const { id, name, tenant, limits, budgets } = principal;
  const owners: Owner[] = [];
  if (limits !== undefined || budgets !== undefined) owners.push({ kind: 'key', id, name, limits, budgets });
  const terms = tenant === '' ? undefined : termsOf(tenant);
  if (terms?.limits !== undefined || terms?.budgets !== undefined)
    owners.push({ kind: 'tenant', id: tenant, name: tenant, limits: terms.limits, budgets: terms.budgets });
  return owners;
}

/** What is counted of an owner; undefined where it has no limits. Days and minutes are the last 24 hours and the last 60 seconds. */
export function countedOf(owner: Pick<Owner, 'kind' | 'id' | 'limits'>): Counted | undefined {
  const { limits } = owner;
  return limits && { counterKey: ownerName(owner), limits, rules: PLAIN_RULES };
}
