import type { Entry, Target } from '../../domain/chain.ts';
import type { Lack } from '../../targets/lack.ts';
import type { Candidate, Obstacle } from '../../state/limit-state.ts';

/**
 * What becomes of a target: it is asked in its turn; it is asked in its turn if what stands against it is gone by then; it is asked when no
 * other could answer; it cannot serve this request.
 */
export type PlannedState = 'try' | 'wait' | 'last_resort' | 'skip';

/** A target in the order of trying. */
export interface Planned {
  readonly entry: Entry;
  readonly target: Target;
  /** What is to be booked for it. */
  readonly candidate: Candidate;
  readonly state: PlannedState;
  readonly obstacle?: Obstacle | undefined;
  readonly lack?: Lack | undefined;
  /** One sentence for an operator: why it stands where it does, or is not asked. */
  readonly reason: string;
}

/** What a plan is made of: all that is known of a request's targets, asked for each of them at most once, and chance. */
export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From 0 to below 1. The plan is the same for the same facts and the same numbers. */
  random(): number;
  look(candidate: Candidate): Obstacle | undefined;
  tokensOf(target: Target): number;
  minimumTokensOf(target: Target): number;
  lackOf(target: Target): Lack | undefined;
  /** Milliseconds until it answers as this request wants it; undefined where that was not measured. Asked under `fastest` only. */
  expectedMs(target: Target): number | undefined;
  /** US dollars of this request; undefined where that is not known. Asked under `cheapest` only. */
  priceOf(target: Target): number | undefined;
  /** What is left of its tightest window, from 0 to 1. Asked where there are several keys only. */
  room(target: Target): number;
}

/** An entry, and what is known of its targets, in the order in which its keys are to be asked. */
export interface Standing {
  readonly entry: Entry;
  readonly targets: readonly Omit<Planned, 'reason'>[];
}

/**
 * What is booked for one who is asked, `tokens` and of them `minimumTokens`, and until when at most: after that an attempt is over, whatever became
 * of the one who waited for it.
 */
export function candidateOf(
  { timeouts }: Entry,
  { target, tokens, minimumTokens }: Pick<Candidate, 'target' | 'tokens'> & { readonly minimumTokens: number },
): Candidate {
  return { target, tokens, minimumTokens, lease: timeouts.connect + timeouts.total + LEASE_SLACK_MS };
}
const LEASE_SLACK_MS = 60_000;
