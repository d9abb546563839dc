import type { BudgetShown } from 'spillway/client';
import type { ReactElement } from 'react';
import { Gauge } from './gauge.tsx';
import { formatSpend } from './money.ts';
import { Countdown } from './time.tsx';

/** A budget: spent of its amount, with what running requests reserve, and when it resets. */
export function BudgetBar({ budget }: { readonly budget: BudgetShown }): ReactElement {
  const { amount_usd: amount, spent_usd: spent, reserved_usd: reserved, period, models } = budget;
  const name = `${period === 'total' ? 'all time' : `per ${period}`}${models === null ? '' : `, ${models.join(', ')}`}`;
  return (
    <div className="lim">
      <span>{name}</span>
      <span>
        {spent === null ? '–' : formatSpend(spent)} of {amount === null ? '–' : formatSpend(amount)}
      </span>
      {amount !== null && spent !== null && (
        <Gauge share={(spent + (reserved ?? 0)) / amount} reserved={(reserved ?? 0) / amount} />
      )}
      {budget.resets_at !== null && (
        <span className="muted">
          <Countdown word="resets" until={budget.resets_at} />
        </span>
      )}
    </div>
  );
}

/** How much of the tightest of some budgets is used, from 0; undefined without a budget whose figures are known. */
export function tightestShare(budgets: readonly BudgetShown[]): number | undefined {
  const shares = budgets.flatMap(({ amount_usd: amount, spent_usd: spent, reserved_usd: reserved }) =>
    amount === null || spent === null || amount === 0 ? [] : [(spent + (reserved ?? 0)) / amount],
  );
  return shares.length === 0 ? undefined : Math.max(...shares);
}
