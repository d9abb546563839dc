import type { Owner } from '../limits/owner.ts';
import { instant } from './budget-errors.ts';
import { type HoldTools, leftOf } from './held-budget.ts';

/**
 * The response headers of the key's own budget of which the least is left; empty for a key without budgets. The amounts of a tenant are not in them: they
 * are for its viewers and admins.
 */
export function budgetHeaders(tools: HoldTools, owners: readonly Owner[]): Readonly<Record<string, string>> {
  let least: { readonly left: number; readonly endsAt: number } | undefined;
  for (const owner of owners) {
    if (owner.kind !== 'key') continue;
    for (const budget of owner.budgets ?? []) {
      const left = Math.max(0, leftOf(tools, { owner, budget }));
      const { endsAt } = tools.ledger.account({ owner, budget }, tools.clock.now());
      if (least === undefined || left < least.left) least = { left, endsAt };
    }
  }
  if (least === undefined) return NONE;
  const remaining = { 'x-spillway-budget-remaining': (least.left / 1e9).toFixed(6) };
  return Number.isFinite(least.endsAt) ? { ...remaining, 'x-spillway-budget-reset': instant(least.endsAt) } : remaining;
}

const NONE = Object.freeze({});
