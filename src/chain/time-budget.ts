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
