import type { OutcomeKind } from './outcome.ts';
import { sumOfUsages, type Usage } from './usage.ts';

/**
 * Why an entry was skipped. `cooling_down`: a limit, billing, its key or its model; `breaker_open`: it keeps failing; `limited`: too little of
 * a limit remains; `too_large`: larger than a whole limit, or than its context window; `lacks_capability`: it does not take such a request;
 * `not_allowed`: the patterns of the key do not match it.
 */
export type SkipReason = 'cooling_down' | 'breaker_open' | 'limited' | 'too_large' | 'lacks_capability' | 'not_allowed';

/** One line of a trail: an attempt that was sent, or an entry that was skipped with its reason. Safe to show to a client, whatever its role. */
export interface TrailStep {
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1; absent where it has no pool of them. */
  readonly key?: number | undefined;
  readonly outcome: OutcomeKind;
  /** Why an entry was skipped, or `hedge_lost` for an attempt that was cancelled because the other one has answered; otherwise absent. */
  readonly reason?: SkipReason | 'hedge_lost' | undefined;
  /** Set for an attempt that was sent beside another one, which was slow. */
  readonly hedge?: true | undefined;
  readonly status?: number | undefined;
  /** The provider's words, or the reason of a skip in a sentence. Callers get it on request only; see `visibleTo`. */
  readonly message?: string | undefined;
  /** Start of the attempt, in milliseconds since the request was accepted; absent for a skipped entry. */
  readonly startedMs?: number | undefined;
  /** Milliseconds from the attempt's start to the commit of its stream; absent for JSON and without a commit. */
  readonly firstTokenMs?: number | undefined;
  /** Milliseconds from the attempt's start until its outcome was known; absent for a skipped entry. */
  readonly durationMs?: number | undefined;
  /**
   * What the answer used, once it is complete; of a failed attempt what it is known to have used all the same, of one that lost as a hedge an
   * estimate, otherwise absent.
   */
  readonly usage?: Usage | undefined;
  /** What the answer cost, in billionths of a US dollar; absent where that is unknown. */
  readonly costNano?: number | undefined;
}

/** What the attempts of a trail have used together; undefined where that is known of none. */
export function usageOf(trail: readonly Pick<TrailStep, 'usage'>[]): Usage | undefined {
  const usages = trail.map(({ usage }) => usage).filter((usage) => usage !== undefined);
  return usages.length === 0 ? undefined : sumOfUsages(usages);
}

/**
 * What a request has used: its answer, and the whole answers that failed its check. Without an answer, what the attempts of its trail have
 * used; undefined where that is known of none.
 */
export function usageWithInvalid(answered: Usage | undefined, trail: readonly TrailStep[]): Usage | undefined {
  if (answered === undefined) return usageOf(trail);
  const invalid = trail.filter(({ outcome }) => outcome === 'invalid_answer');
  return invalid.length === 0 ? answered : usageOf([{ usage: answered }, ...invalid]);
}

/** Number of attempts of a trail that were sent. */
export function attemptsOf(trail: readonly TrailStep[]): number {
  return trail.reduce((sent, step) => sent + (step.outcome === 'skipped' ? 0 : 1), 0);
}

/** Whether one of the attempts of a trail was sent beside another one. */
export function isHedged(trail: readonly TrailStep[]): boolean {
  return trail.some(({ hedge }) => hedge === true);
}
