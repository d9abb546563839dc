import type { Budget } from '../domain/budget.ts';
import { hourAt, localDayAt, startOfDay } from '../lib/calendar.ts';

/** A period of a budget, from its first instant up to the first of the next one, in milliseconds since the epoch. */
export interface Period {
  readonly startsAt: number;
  /** Infinity for all time. */
  readonly endsAt: number;
}

/** The longest period is a month, and clocks may be set back in it; in milliseconds. */
export const LONGEST_PERIOD_MS = 32 * 24 * 3600_000;

const ALL_TIME: Period = Object.freeze({ startsAt: 0, endsAt: Infinity });
/** 1970-01-01 was a Thursday, three days after a Monday. */
const THURSDAY = 3;

/** The period of a budget that an instant is in (milliseconds since the epoch): the calendar's in the budget's time zone. */
export function periodAt({ period, timeZone }: Pick<Budget, 'period' | 'timeZone'>, at: number): Period {
  if (period === 'total') return ALL_TIME;
  if (period === 'hour') return hourAt(at, timeZone);
  const day = localDayAt(at, timeZone);
  switch (period) {
    case 'day':
      return daysOf(day, day + 1, timeZone);
    case 'week': {
      const monday = day - ((((day + THURSDAY) % 7) + 7) % 7);
      return daysOf(monday, monday + 7, timeZone);
    }
    case 'month': {
      const date = new Date(day * 24 * 3600_000);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return daysOf(firstOf(year, month), firstOf(year, month + 1), timeZone);
    }
  }
}

function daysOf(first: number, next: number, zone: string): Period {
  return { startsAt: startOfDay(first, zone), endsAt: startOfDay(next, zone) };
}

/** The day of the first of a month, counted from 1970-01-01. */
function firstOf(year: number, month: number): number {
  return Date.UTC(year, month, 1) / (24 * 3600_000);
}
