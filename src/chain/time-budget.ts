import type { Timeouts } from '../domain/chain.ts';

/** Least time that an attempt gets to its first token, in milliseconds, while that much remains. */
export const SHORTEST_SHARE_MS = 1000;

/** Timers fire up to a millisecond early, so less than that counts as no time remaining. */
export const TIMER_SLACK_MS = 1;

/**
 * Milliseconds that an attempt may take to its commit: an equal share of the remaining time for each entry that can still be tried, at least
 * a second, and at most the remaining time. The last entry gets all of it.
 */
export function shareOf(timeLeft: number, usableEntries: number): number {
  return Math.min(timeLeft, Math.max(SHORTEST_SHARE_MS, timeLeft / Math.max(1, usableEntries)));
}

/** What the time until an attempt's first token depends on. */
export interface StartConditions {
  readonly stream: boolean;
  /** Whether waiting for this entry is all that is left: no other one can be tried, or it has reported that it loads its model. */
  readonly patient: boolean;
}

/**
 * The timeouts of one attempt: those of its entry, and for a server that may have to load the model first the time that this takes. An attempt
 * that is cancelled earlier also ends the load, so that it never finishes. Configured times apply in any case.
 */
export function attemptTimeouts(timeouts: Timeouts, { stream, patient }: StartConditions): Timeouts {
  const { coldStart, headers, firstToken } = timeouts;
  // Without another entry, `total` is the limit of a JSON answer, as for every other server.
  if (coldStart === undefined || (patient && !stream)) return timeouts;
  const start = patient ? coldStart.alone : coldStart.withOthers;
  return { ...timeouts, headers: headers ?? start, firstToken: firstToken ?? start };
}
