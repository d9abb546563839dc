import { zoneOffset } from './time-zone.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
/** No zone's clock is further from UTC, in milliseconds. */
const FARTHEST_MS = 15 * HOUR_MS;

/** The day that the clocks of a zone show at an instant (milliseconds since the epoch), counted from 1970-01-01. A zone that does not exist counts as UTC. */
export function localDayAt(at: number, zone: string): number {
  return Math.floor((at + offsetAt(at, zone)) / DAY_MS);
}

/**
 * The first instant of a day of a zone, in milliseconds since the epoch. Where clocks skip midnight, the day begins with the change; where they show it
 * twice, with the first one. `day`: counted from 1970-01-01.
 */
export function startOfDay(day: number, zone: string): number {
  const midnight = day * DAY_MS;
  if (zone === 'UTC') return midnight;
  return firstAt(midnight - FARTHEST_MS, midnight + FARTHEST_MS, (at) => localDayAt(at, zone) >= day);
}

/** The first instant of the hour that the clocks of a zone show, and that of the next one. An hour in which the clocks change is shorter. */
export function hourAt(at: number, zone: string): { readonly startsAt: number; readonly endsAt: number } {
  const offset = offsetAt(at, zone);
  const full = Math.floor((at + offset) / HOUR_MS) * HOUR_MS - offset;
  const isSame = (instant: number): boolean => offsetAt(instant, zone) === offset;
  const startsAt = isSame(full) ? full : firstAt(full, at, isSame);
  const end = full + HOUR_MS;
  return { startsAt, endsAt: isSame(end - 1) ? end : firstAt(at, end, (instant) => !isSame(instant)) };
}

function offsetAt(at: number, zone: string): number {
  return zoneOffset(zone, at) ?? 0;
}

/** The first whole millisecond above `low` and up to `high` for which `isReached`, which stays true from then on. */
function firstAt(low: number, high: number, isReached: (at: number) => boolean): number {
  let [before, reached] = [Math.floor(low), Math.ceil(high)];
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (isReached(middle)) reached = middle;
    else before = middle;
  }
  return reached;
}
