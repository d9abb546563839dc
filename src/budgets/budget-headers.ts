import { dollarsOf } from '../domain/usage.ts';
import { putBounded } from '../lib/bounded-map.ts';
import { instant } from './budget-errors.ts';
import type { OwnerBudget } from './held-budget.ts';
import type { SpendLedger } from './spend-ledger.ts';

/** Ends of periods whose text is kept: as many as there are periods in a few time zones. */
const MOST_TEXTS = 64;

/** Adds the response headers of a principal's budgets to its headers. `now` in milliseconds since the epoch. */
export type AddBudgetHeaders = (headers: Record<string, string>, budgets: readonly OwnerBudget[], now: number) => void;

/**
 * Makes the function that adds the headers of the key's own budget of which the least is left; none for a key without budgets. The amounts of a tenant are not
 * in them: they are for its viewers and admins.
 */
export function createBudgetHeaders(ledger: SpendLedger): AddBudgetHeaders {
  const texts = new Map<number, string>();

  function textOf(endsAt: number): string {
    const known = texts.get(endsAt);
    if (known !== undefined) return known;
    const text = instant(endsAt);
    putBounded(texts, [endsAt, text], MOST_TEXTS);
    return text;
  }

  return (headers, budgets, now) => {
    let least = Infinity;
    let tightest: OwnerBudget | undefined;
    for (const owned of budgets) {
      if (owned.owner.kind !== 'key') continue;
      const left = Math.max(0, ledger.left(owned, now));
      if (left >= least) continue;
      least = left;
      tightest = owned;
    }
    if (tightest === undefined) return;
    headers['x-spillway-budget-remaining'] = dollarsOf(least).toFixed(6);
    const { endsAt } = ledger.account(tightest, now);
    if (Number.isFinite(endsAt)) headers['x-spillway-budget-reset'] = textOf(endsAt);
  };
}
