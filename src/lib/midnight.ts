import { zoneOffset } from './time-zone.ts';

/** Time zones at whose midnight a provider's day ends. */
export type MidnightZone = 'UTC' | 'America/Los_Angeles';

const DAY_MS = 24 * 3600_000;

/**
 * The next midnight of a time zone, exact on the days of 23 and 25 hours too. Takes and returns milliseconds since the epoch; the result
 * is always later than `now`.
 */
export function nextMidnight(zone: MidnightZone, now: number): number {
  const offset = offsetOf(zone, now);
  // Midnight on the zone's own clock, as if that clock were UTC's.
  const local = (Math.floor((now + offset) / DAY_MS) + 1) * DAY_MS;
  // The clock may change for daylight saving between now and then.
  return local - offsetOf(zone, local - offset);
}

function offsetOf(zone: MidnightZone, at: number): number {
  return zoneOffset(zone, at) ?? 0;
}
