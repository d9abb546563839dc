import type { Entry, Target } from '../../domain/chain.ts';
import type { Candidate, Obstacle } from '../../state/limit-state.ts';
import type { Lack } from '../../targets/lack.ts';

/**
 * What happens to a target: it is tried in its place; it is tried in its place if its obstacle has cleared by then; it is tried when no other
 * target could answer; it is skipped because it cannot serve this request.
 */
export type PlannedState = 'try' | 'wait' | 'last_resort' | 'skip';

/** A target in the order of trying. */
export interface Planned {
  readonly entry: Entry;
  readonly target: Target;
  /** What is to be reserved for it. */
  readonly candidate: Candidate;
  readonly state: PlannedState;
  readonly obstacle?: Obstacle | undefined;
  readonly lack?: Lack | undefined;
  /** One sentence for an operator: why it has this place, or is not tried. */
  readonly reason: string;
}

/** Requests that run at the same time. */
export interface Load {
  readonly running: number;
  /** How many may run; undefined where that is unknown. */
  readonly limit: number | undefined;
}

/** What a plan is made from: what is known of a request's targets, each looked up at most once, and randomness. */
export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From 0 to below 1. The plan is the same for the same facts and the same numbers. */
  random(): number;
  look(candidate: Candidate): Obstacle | undefined;
  tokensOf(target: Target): number;
  minimumTokensOf(target: Target): number;
  lackOf(target: Target): Lack | undefined;
  /** Expected milliseconds to its answer; undefined before one was measured. Called under the policy `fastest` only. */
  expectedMs(target: Target): number | undefined;
  /** US dollars that this request costs; undefined where unknown. Called under the policy `cheapest` only. */
  priceOf(target: Target): number | undefined;
  /** Whether it is tried after all others, because it refuses what others answer. */
  refuses(target: Target): boolean;
  /** The requests that run at it and at what shares its limits. Called under the policy `least-busy` only. */
  load(target: Target): Load;
  /** The free share of its tightest window, from 0 to 1. Called for entries with several keys only. */
  room(target: Target): number;
}

/** An entry, and its targets in the order in which its keys are tried. */
export interface EntryTargets {
  readonly entry: Entry;
  readonly targets: readonly Omit<Planned, 'reason'>[];
}

/**
 * What is reserved for an attempt: `tokens`, of which `minimumTokens` are certain, for as long as an attempt can last at most, so that a
 * reservation which is never settled expires.
 */
export function candidateOf(
  { timeouts }: Entry,
  { target, tokens, minimumTokens }: Pick<Candidate, 'target' | 'tokens'> & { readonly minimumTokens: number },
): Candidate {
  return { target, tokens, minimumTokens, lease: timeouts.connect + timeouts.total + LEASE_SLACK_MS };
}
const LEASE_SLACK_MS = 60_000;
