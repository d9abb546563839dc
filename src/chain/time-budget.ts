/** An attempt is never given less than this to its first token, in milliseconds, while that much is left. */
export const SHORTEST_SHARE_MS = 1000;

/** Timers fire up to a millisecond early, so less than that is no time left. */
export const TIMER_SLACK_MS = 1;

/**
 * How long an attempt may take to its commit, in milliseconds: an equal share of the time left for each entry that can still be asked,
 * never under a second, and never more than what is left. The last one gets all of it.
 */
export function shareOf(timeLeft: number, usableEntries: number): number {
  return Math.min(timeLeft, Math.max(SHORTEST_SHARE_MS, timeLeft / Math.max(1, usableEntries)));
}
