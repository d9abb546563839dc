import { ownedBudget } from '../domain/budget.ts';
import type { Principal } from '../domain/principal.ts';
import { type Owner, ownersOf, type TenantTerms, type TermsOf } from '../limits/owner.ts';
import type { Counted } from '../state/limit-state.ts';
import type { OwnerBudget } from './held-budget.ts';

/** What the requests of a principal count against. */
export interface PrincipalTerms {
  readonly owners: readonly Owner[];
  /** The limits of these owners. */
  readonly counted: readonly Counted[];
  /** The budgets of these owners. */
  readonly budgets: readonly OwnerBudget[];
}

/** Finds what a principal's requests count against; undefined where that is nothing. Synchronous, and the same object until a limit or budget changes. */
export type PrincipalTermsOf = (principal: Principal) => PrincipalTerms | undefined;

interface Known {
  readonly tenantTerms: TenantTerms | undefined;
  readonly terms: PrincipalTerms | undefined;
}

/** Makes the look-up. What it finds is kept for as long as the principal's object is in use. */
export function createPrincipalTerms(termsOf: TermsOf): PrincipalTermsOf {
  const all = new WeakMap<Principal, Known>();
  return (principal) => {
    const tenantTerms = principal.tenant === '' ? undefined : termsOf(principal.tenant);
    const known = all.get(principal);
    if (known !== undefined && known.tenantTerms === tenantTerms) return known.terms;
    const terms = joined(ownersOf(principal, tenantTerms));
    all.set(principal, { tenantTerms, terms });
    return terms;
  };
}

function joined(owners: readonly Owner[]): PrincipalTerms | undefined {
  if (owners.length === 0) return undefined;
  return {
    owners,
    counted: owners.flatMap(({ counted }) => counted ?? []),
    budgets: owners.flatMap((owner) => (owner.budgets ?? []).map((budget) => ownedBudget(owner, budget))),
  };
}
