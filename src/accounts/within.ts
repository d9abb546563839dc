import { budgetName, type Budget } from '../domain/budget.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Limits, WINDOW_NAMES } from '../domain/limits.ts';
import { coversPattern } from '../domain/pattern.ts';
import type { Principal } from '../domain/principal.ts';

/** What is compared of a key and of the principal that makes or changes it. */
export type Scope = Pick<
  Principal,
  'role' | 'tenant' | 'chains' | 'models' | 'operations' | 'bodies' | 'priority' | 'expiresAt' | 'limits' | 'budgets'
>;

const RANKS: Readonly<Record<Principal['role'], number>> = Object.freeze({
  caller: 1,
  viewer: 2,
  admin: 3,
  internal: 3,
});

/** Throws `forbidden` where a scope is wider than that of the principal that grants it: nothing can be granted that it lacks itself. */
export function requireWithin(scope: Scope, granter: Scope): void {
  const member = widerMember(scope, granter);
  if (member === undefined) return;
  throw new GatewayError('forbidden', { message: `${member}: is more than your own key has.`, param: member });
}

/** The member by which a scope is wider than another one; undefined where it is within. Pure. */
export function widerMember(scope: Scope, granter: Scope): string | undefined {
  if (RANKS[scope.role] > RANKS[granter.role]) return 'role';
  if (granter.tenant !== '' && scope.tenant !== granter.tenant) return 'tenant';
  if (!isSubset(scope.chains, granter.chains)) return 'chains';
  if (!isCovered(scope.models, granter.models)) return 'models';
  if (!isSubset(scope.operations, granter.operations)) return 'operations';
  if (scope.bodies === true && granter.bodies !== true) return 'bodies';
  if (granter.priority === 'low' && scope.priority !== 'low') return 'priority';
  if (granter.expiresAt !== undefined && (scope.expiresAt ?? Number.POSITIVE_INFINITY) > granter.expiresAt)
    return 'expires_at';
  if (!isLimited(scope.limits, granter.limits)) return 'limits';
  return isBudgeted(scope.budgets, granter.budgets) ? undefined : 'budgets';
}

function isSubset(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  return outer === undefined || (inner !== undefined && inner.every((each) => outer.includes(each)));
}

function isCovered(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  if (outer === undefined) return true;
  return inner !== undefined && inner.every((pattern) => outer.some((each) => coversPattern(each, pattern)));
}

function isLimited(inner: Limits | undefined, outer: Limits | undefined): boolean {
  if (outer === undefined) return true;
  return [...WINDOW_NAMES, 'concurrency' as const].every((name) => {
    const most = outer[name];
    return most === undefined || (inner?.[name] ?? Number.POSITIVE_INFINITY) <= most;
  });
}

function isBudgeted(inner: readonly Budget[] | undefined, outer: readonly Budget[] | undefined): boolean {
  return (outer ?? []).every((most) => (inner ?? []).some((budget) => isAsStrict(budget, most)));
}

/** Whether one budget refuses whatever another one would: it counts at least as much, in the same periods, up to no more. */
function isAsStrict(budget: Budget, most: Budget): boolean {
  return (
    budget.amountNano <= most.amountNano &&
    budget.period === most.period &&
    (budget.timeZone === most.timeZone || budget.period === 'total') &&
    (budgetName(budget) === budgetName(most) || isCovered(most.models, budget.models)) &&
    (budget.onUnknownPrice === 'skip' || most.onUnknownPrice === 'allow') &&
    (budget.onOverrun === 'cut' || most.onOverrun === 'finish')
  );
}
