import type { Budget, BudgetPeriod } from '../domain/budget.ts';
import { GatewayError } from '../domain/errors.ts';
import { dollarText } from '../domain/usage.ts';
import type { Owner } from '../limits/owner.ts';
import type { Account } from './spend-ledger.ts';

const PERIODS: Readonly<Record<BudgetPeriod, string>> = Object.freeze({
  hour: 'this hour',
  day: 'today',
  week: 'this week',
  month: 'this month',
  total: 'all time',
});

/** A budget that has no room for a request. */
export interface ExceededBudget {
  readonly owner: Owner;
  readonly budget: Budget;
  readonly account: Account;
  /** Whether the principal may know the amounts: a tenant's are for its viewers and admins. */
  readonly showsAmounts: boolean;
}

/**
 * The error of a request that a budget has no room for. While only what running requests have reserved is in the way, a retry may help; else none does before
 * the next period.
 */
export function budgetExceeded({ owner, budget, account, showsAmounts }: ExceededBudget): GatewayError {
  const { spentNano, reservedNano, endsAt } = account;
  const whose = `The budget of ${owner.kind} '${owner.name}' for ${PERIODS[budget.period]}`;
  const held = showsAmounts && reservedNano > 0 ? `, and ${dollars(reservedNano)} reserved by running requests` : '';
  const anew = Number.isFinite(endsAt) ? `; it starts anew at ${instant(endsAt)}` : '';
  const isSpent = spentNano >= budget.amountNano;
  const problem = isSpent ? 'is spent' : 'has no room for this request';
  const amounts = showsAmounts ? `: ${dollars(spentNano)} of ${dollars(budget.amountNano)}${held}` : '';
  return new GatewayError('budget_exceeded', {
    message: `${whose} ${problem}${amounts}${anew}.`,
    refusal: { scope: owner.kind, kind: 'budget' },
    shouldRetry: !isSpent && reservedNano > 0,
    retryAfter: !isSpent && reservedNano > 0 ? 1 : undefined,
    retryAt: Number.isFinite(endsAt) ? endsAt : undefined,
  });
}

/** US dollars, exactly: in cents, or in as many digits as an amount between two cents needs. `nano`: a whole number, not negative. */
function dollars(nano: number): string {
  return `$${dollarText(nano).replace(/0{1,7}$/, '')}`;
}

/** An instant as RFC 3339 has it, without fractions. */
export function instant(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
