import type { OutcomeKind } from './outcome.ts';

/** One line of a trail: an entry that was sent to, or skipped with its reason. Safe to show to a caller. */
export interface TrailStep {
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1; absent where it has no pool of them. */
  readonly key?: number | undefined;
  readonly outcome: OutcomeKind;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
  /** How long the attempt took until its outcome was known, in milliseconds; absent for a skipped entry. */
  readonly durationMs?: number | undefined;
}

/** How many attempts of a trail were really sent. */
export function attemptsOf(trail: readonly TrailStep[]): number {
  return trail.reduce((sent, step) => sent + (step.outcome === 'skipped' ? 0 : 1), 0);
}
