import { type Budget, type BudgetOwner, ownerName } from '../domain/budget.ts';
import { type Limits, PLAIN_RULES } from '../domain/limits.ts';
import type { Principal } from '../domain/principal.ts';
import type { Counted } from '../state/limit-state.ts';

/** A key or a tenant with limits or budgets of its own. */
export interface Owner extends BudgetOwner {
  /** For people. */
  readonly name: string;
  readonly budgets: readonly Budget[] | undefined;
  /** What is counted of it; undefined where it has no limits. */
  readonly counted: Counted | undefined;
}

/** The limits and budgets of a tenant. */
export interface TenantTerms {
  readonly limits: Limits | undefined;
  readonly budgets: readonly Budget[] | undefined;
}

/** Finds the terms of a tenant by its name; undefined for a tenant without any. The same object until they change. Synchronous. */
export type TermsOf = (tenant: string) => TenantTerms | undefined;

/** The owners whose limits and budgets a principal's requests count against: its key, and its tenant. Those without any are left out. */
export function ownersOf(principal: Principal, terms: TenantTerms | undefined): readonly Owner[] {
  const { id, name, tenant, limits, budgets } = principal;
  const [key, owner] = [{ kind: 'key', id } as const, { kind: 'tenant', id: tenant } as const];
  // A key and its tenant are taken in one step, so they are of one account.
  const account = ownerName(tenant === '' ? key : owner);
  return [
    ownerOf(key, account, { name, limits, budgets }),
    ownerOf(owner, account, { name: tenant, ...(terms ?? NO_TERMS) }),
  ].filter(({ counted, budgets: own }) => counted !== undefined || own !== undefined);
}

const NO_TERMS: TenantTerms = Object.freeze({ limits: undefined, budgets: undefined });

function ownerOf(
  owner: BudgetOwner,
  account: string,
  { name, limits, budgets }: TenantTerms & { readonly name: string },
): Owner {
  return { ...owner, name, budgets, counted: limits && { ...countedOf(owner, limits), account } };
}

/** What is counted of an owner with limits. Days and minutes are the last 24 hours and the last 60 seconds. */
export function countedOf(owner: BudgetOwner, limits: Limits): Counted {
  const name = ownerName(owner);
  return { account: name, counterKey: name, limits, rules: PLAIN_RULES };
}
