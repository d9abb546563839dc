import type { Emit } from '../domain/events.ts';
import { dollarsOf } from '../domain/usage.ts';
import type { Clock } from '../lib/clock.ts';
import type { Batches } from '../store/write-batches.ts';

/** Makes the listener that adds a row to the audit trail for each budget that has crossed its soft limit or its amount. */
export function auditBudgets(batches: Pick<Batches, 'add'>, clock: Pick<Clock, 'now'>): Emit {
  return (event) => {
    if (event.kind !== 'budget_crossed') return;
    const { owner, ownerId, ownerName, tenant, period, threshold, amountNano, spentNano } = event;
    batches.add({
      audit: [
        {
          at: Math.floor(clock.now()),
          actorId: 'gateway',
          actorName: 'gateway',
          via: 'gateway',
          action: 'budgets.cross',
          target: ownerId,
          tenant,
          before: undefined,
          after: {
            owner,
            name: ownerName,
            period,
            threshold,
            amount_usd: dollarsOf(amountNano),
            spent_usd: dollarsOf(spentNano),
          },
          requestId: undefined,
          remote: undefined,
        },
      ],
    });
  };
}
