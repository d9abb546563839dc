/** Time zones at whose midnight a provider's day ends. */
export type MidnightZone = 'UTC' | 'America/Los_Angeles';

const DAY_MS = 24 * 3600_000;
/** Global because it is a pure cache: a formatter costs much to make, is made on first use and has no state. */
let pacific: Intl.DateTimeFormat | undefined;

/**
 * The next midnight of a time zone, exact on the days of 23 and 25 hours too. Takes and returns milliseconds since the epoch; the result
 * is always later than `now`.
 */
export function nextMidnight(zone: MidnightZone, now: number): number {
  const offset = zone === 'UTC' ? 0 : pacificOffset(now);
  // Midnight on the zone's own clock, as if that clock were UTC's.
  const local = (Math.floor((now + offset) / DAY_MS) + 1) * DAY_MS;
  if (zone === 'UTC') return local;
  // The clock may change for daylight saving between now and then.
  return local - pacificOffset(local - offset);
}

/** How far California's clocks are ahead of UTC, in milliseconds: below zero. */
function pacificOffset(at: number): number {
  pacific ??= new Intl.DateTimeFormat('en-US', { timeZone: 'America/Los_Angeles', timeZoneName: 'longOffset' });
  const name = pacific.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [hours = 0, minutes = 0] = name.replace('GMT', '').split(':').map(Number);
  return hours * 3600_000 + Math.sign(hours) * minutes * 60_000;
}
