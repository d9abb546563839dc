import type { BudgetCrossed, Emit } from '../domain/events.ts';
import { dollarsOf } from '../domain/usage.ts';
import type { Clock } from '../lib/clock.ts';
import { pause } from '../lib/pause.ts';
import { postJson, wasTaken } from './post-json.ts';

/** Where budgets that were crossed are reported. */
export interface Webhook {
  readonly url: string;
  /** Sent as a Bearer token; undefined for none. */
  readonly secret: string | undefined;
}

/** What the reports of crossed budgets are sent with. */
export interface BudgetWebhookOptions {
  /** Called for each event, so that a new configuration counts; undefined for none. */
  readonly webhook: () => Webhook | undefined;
  readonly clock: Clock;
  /** Ends what is being sent. */
  readonly signal: AbortSignal;
  /** Gets a message for each report that could not be delivered; it contains no secret and no URL. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Waits before a report is sent again, in milliseconds. */
const RETRIES_MS = [1000, 5000, 25_000];
/** Most reports that are being sent at a time; further ones are dropped, and reported as problems. */
const MAX_SENDING = 100;

/**
 * Makes a listener that sends each crossed budget to the webhook as a POST with JSON, up to four times until a 2xx answers. No request waits for
 * it.
 */
export function budgetWebhook({ webhook, clock, signal, onProblem }: BudgetWebhookOptions): Emit {
  let sending = 0;

  async function send(hook: Webhook, event: BudgetCrossed): Promise<void> {
    let problem = '';
    for (const wait of [0, ...RETRIES_MS]) {
      if (wait > 0) await pause(clock, wait, signal);
      if (signal.aborted) return;
      problem = await post(hook, event, signal);
      if (problem === '') return;
    }
    onProblem(`budgets.webhook: ${problem}; the report of ${event.owner} '${event.ownerName}' was dropped`);
  }

  return (event) => {
    if (event.kind !== 'budget_crossed') return;
    const hook = webhook();
    if (hook === undefined) return;
    if (sending >= MAX_SENDING) return onProblem('budgets.webhook: too many reports are waiting; one was dropped');
    sending++;
    void send(hook, event).finally(() => sending--);
  };
}

/** Why a report was not taken, in a few words; empty where it was. Never rejects. */
async function post({ url, secret }: Webhook, event: BudgetCrossed, signal: AbortSignal): Promise<string> {
  const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  const end = await postJson({ url, headers, signal, body: [Buffer.from(JSON.stringify(reportOf(event)))] });
  if (wasTaken(end)) return '';
  if (end.status === 'silent') return 'the receiver is silent';
  return end.status === 'unreachable' ? 'no connection' : `the receiver answered ${end.status}`;
}

/** An event as the webhook has it: wire names, amounts in US dollars. */
function reportOf(event: BudgetCrossed): object {
  return {
    type: event.kind,
    owner: { type: event.owner, id: event.ownerId, name: event.ownerName },
    tenant: event.tenant === '' ? null : event.tenant,
    period: event.period,
    threshold: event.threshold,
    amount_usd: dollarsOf(event.amountNano),
    spent_usd: dollarsOf(event.spentNano),
    resets_at: event.resetsAt ?? null,
  };
}
