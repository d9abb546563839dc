import { outcomeWords, skipWords } from './outcomes.ts';

/** An attempt that has ended, or an entry that was skipped. */
export interface EndedStep {
  readonly outcome: string;
  /** Why it was skipped; `hedge_lost` for an attempt that was cancelled because the other one has answered. */
  readonly reason: string | null;
  /** The provider's HTTP status. */
  readonly status: number | null;
}

/** What became of a step, in words: `429 rate limited`, `breaker open`. Reasons and outcomes that are unknown here are shown as they are. */
export function stepWords({ outcome, reason, status }: EndedStep): string {
  if (reason !== null) return skipWords(reason);
  return status === null ? outcomeWords(outcome) : `${status} ${outcomeWords(outcome)}`;
}

/** Whether an attempt has failed: neither an entry that was skipped, nor an attempt that was cancelled. */
export function isFailure({ outcome }: Pick<EndedStep, 'outcome'>): boolean {
  return outcome !== 'answered' && outcome !== 'skipped' && outcome !== 'cancelled';
}
