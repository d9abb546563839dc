/** The next midnight. */
export function nextMidnight(zone: 'UTC' | 'America/Los_Angeles', now: number): number {
  void zone;
  return (Math.floor(now / 86_400_000) + 1) * 86_400_000;
}
