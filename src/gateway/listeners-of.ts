import type { KeyTable } from '../auth/key-table.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { Config } from '../config/schema.ts';
import type { Emit } from '../domain/events.ts';
import { type Progress, publishEnds } from '../domain/progress.ts';
import type { Clock } from '../lib/clock.ts';
import type { AttemptStats } from '../observe/attempt-stats.ts';
import { auditBudgets } from '../observe/audit-budgets.ts';
import { budgetWebhook, type Webhook } from '../observe/budget-webhook.ts';
import { emitTo } from '../observe/listeners.ts';
import type { Metrics } from '../observe/metrics/metrics.ts';
import type { RecentRequests } from '../observe/recent-requests.ts';
import type { RequestLog } from '../observe/requests/request-log.ts';
import type { Money } from './open-money.ts';

/** What listens to the events of a gateway. */
export interface ListenersOptions {
  readonly onEvent: Emit | readonly Emit[];
  readonly progress: Progress;
  readonly money: Pick<Money, 'sums' | 'batches'>;
  /** The request log. */
  readonly log: Pick<RequestLog, 'listen'>;
  readonly stats: Pick<AttemptStats, 'listen'>;
  readonly recent: Pick<RecentRequests, 'listen'>;
  readonly metrics: Pick<Metrics, 'listen'>;
  /** The configuration that is served when an event comes. */
  readonly active: () => Pick<ActiveConfig, 'config' | 'snapshot'>;
  /** The keys of the store. */
  readonly table: Pick<KeyTable, 'has'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
}

/** Makes the one function that delivers events to the application's own listeners, and after them to those of the gateway. */
export function listenersOf(options: ListenersOptions): Emit {
  const { onEvent, progress, money, log, stats, recent, metrics, active, table, clock, signal, onProblem } = options;
  const { sums, batches } = money;
  const webhook = budgetWebhook({ webhook: () => webhookOf(active().config), clock, signal, onProblem });
  return emitTo(
    [
      onEvent,
      publishEnds(progress),
      sums.listener((id) => active().snapshot.keysById.has(id) || table.has(id)),
      log.listen,
      stats.listen,
      recent.listen,
      metrics.listen,
      webhook,
      auditBudgets(batches, clock),
    ].flat(),
  );
}

function webhookOf({ budgets }: Config): Webhook | undefined {
  const webhook = budgets?.webhook;
  return webhook && { url: webhook.url.reveal(), secret: webhook.secret?.reveal() };
}
