import { instantOf, zoneOffset } from '../lib/time-zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600_000;

/** A date as it is written. */
export type WrittenDate =
  | { readonly kind: 'date'; readonly year: number | undefined; readonly month: number; readonly day: number }
  | { readonly kind: 'weekday'; readonly weekday: number }
  | { readonly kind: 'ahead'; readonly days: number };

/** A date and the milliseconds since its midnight; without a date it is the next day on which that time is still to come. */
export interface WrittenInstant {
  readonly date: WrittenDate | undefined;
  readonly time: number;
  /** An IANA name or an offset. */
  readonly zone: string;
}

/**
 * The instant that is meant, in milliseconds since the epoch; undefined if there is none. A date without a year, a day of the week and a time
 * without a date mean the next one after `now`; only a time that is now, to the minute, is today's. An unknown zone counts as UTC.
 */
export function instantOfWritten({ date, time, zone: written }: WrittenInstant, now: number): number | undefined {
  const zone = zoneOffset(written, now) === undefined ? 'UTC' : written;
  const local = now + (zoneOffset(zone, now) ?? 0);
  const today = Math.floor(local / DAY_MS) * DAY_MS;
  const on = (day: number): number | undefined => instantOf(day + time, zone);
  const firstAhead = (days: readonly number[]): number | undefined => {
    const instants = days.map(on);
    return instants.find((each) => each !== undefined && each > now) ?? instants.at(-1);
  };
  switch (date?.kind) {
    case 'ahead':
      return on(today + date.days * DAY_MS);
    case 'weekday': {
      const day = today + ((date.weekday - new Date(today).getUTCDay() + 7) % 7) * DAY_MS;
      return firstAhead([day, day + 7 * DAY_MS]);
    }
    case 'date': {
      const { year, month, day } = date;
      const inYear = (each: number): number => Date.UTC(each, month - 1, day);
      const thisYear = new Date(today).getUTCFullYear();
      return year === undefined ? firstAhead([inYear(thisYear), inYear(thisYear + 1)]) : on(inYear(year));
    }
    case undefined: {
      const isNow = Math.floor((local - today) / MINUTE_MS) === Math.floor(time / MINUTE_MS);
      return isNow ? on(today) : firstAhead([today, today + DAY_MS]);
    }
  }
}
