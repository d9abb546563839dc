/** An attempt is never given less than this to its first token, in milliseconds, while that much is left. */
const SHORTEST_SHARE_MS = 1000;

/**
 * How long an attempt may take to its commit, in milliseconds: an equal share of the time left for each entry that can still be asked,
 * never under a second, and never more than what is left. The last one gets all of it.
 */
export function shareOf(timeLeft: number, usableEntries: number): number {
  return Math.min(timeLeft, Math.max(SHORTEST_SHARE_MS, timeLeft / Math.max(1, usableEntries)));
}
