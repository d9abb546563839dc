import { putBounded } from './bounded-map.ts';

/** Formatters that are kept at most. */
const MOST_ZONES = 32;
/** Global because it is a pure cache: a formatter costs much to make, is made on first use and has no state. */
const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

/**
 * How far the clocks of a time zone are ahead of UTC at an instant, in milliseconds; below zero in the west. `zone` is a name of the IANA
 * database in any case, `at` is in milliseconds since the epoch. Undefined for a zone that does not exist.
 */
export function zoneOffset(zone: string, at: number): number | undefined {
  if (zone === 'UTC') return 0;
  const name = formatterOf(zone)
    ?.formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  if (name === undefined) return undefined;
  const [, sign = '+', hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600_000 + Number(minutes) * 60_000);
}

/**
 * The instant at which the clocks of a zone show a time. `local` is that time as if the clocks were UTC's, in milliseconds; the result is in
 * milliseconds since the epoch. A time that the clocks skip is read as up to an hour later, and of one that they show twice either instant
 * is returned. Undefined for a zone that does not exist.
 */
export function instantOf(local: number, zone: string): number | undefined {
  const offset = zoneOffset(zone, local);
  // The clocks may change between the first guess and the instant.
  const exact = offset === undefined ? undefined : zoneOffset(zone, local - offset);
  return exact === undefined ? undefined : local - exact;
}

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(zone)) return formatters.get(zone);
  const formatter = makeFormatter(zone);
  putBounded(formatters, [zone, formatter], MOST_ZONES);
  return formatter;
}

function makeFormatter(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
}
