import { outcomeWords } from './outcomes.ts';

/** An attempt that has ended, or an entry that was skipped. */
export interface EndedStep {
  readonly outcome: string;
  /** Why it was skipped; `hedge_lost` for an attempt that was cancelled because the other one has answered. */
  readonly reason: string | null;
  /** The provider's HTTP status. */
  readonly status: number | null;
}

const REASONS: Readonly<Record<string, string>> = {
  cooling_down: 'cooling down',
  breaker_open: 'breaker open',
  limited: 'limit used up',
  too_large: 'request too large',
  lacks_capability: 'lacks a capability',
  not_allowed: 'not allowed for the key',
  no_price: 'no known price',
  over_budget: 'over the budget',
  hedge_lost: 'the other attempt was faster',
};

/** What became of a step, in words: `429 rate limited`, `breaker open`. Reasons and outcomes that are unknown here are shown as they are. */
export function stepWords({ outcome, reason, status }: EndedStep): string {
  if (reason !== null) return REASONS[reason] ?? reason.replaceAll('_', ' ');
  return status === null ? outcomeWords(outcome) : `${status} ${outcomeWords(outcome)}`;
}

/** Whether an attempt has failed: neither an entry that was skipped, nor an attempt that was cancelled. */
export function isFailure({ outcome }: Pick<EndedStep, 'outcome'>): boolean {
  return outcome !== 'answered' && outcome !== 'skipped' && outcome !== 'cancelled';
}
