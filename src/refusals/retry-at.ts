import type { ReadingClass } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { nextMidnight } from '../lib/midnight.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { ReadOptions } from './read-options.ts';
import { type HeaderWindow, isDay } from './header-windows.ts';
import { readWait, retryAfter, waitInText } from './wait.ts';
import type { Spent } from './limit-in-words.ts';

/** What of a refusal tells when it heals. */
export interface Told {
  readonly headers: ReplyHead['headers'];
  readonly windows: readonly HeaderWindow[];
  readonly error: ReportedError;
  readonly spent: Spent;
}

/** A spent day that rolls and tells nothing of when it heals: something of it comes back within this. */
const ROLLING_MS = 3600_000;
const MINUTE_MS = 60_000;
/** A vendor's minute may begin so much later than ours. */
const CLOCKS_DIFFER_MS = 1000;
/** More characters of a message are not read. */
const LONGEST_TEXT = 4096;

/**
 * When a refusal of this class heals, in milliseconds since the epoch, a month from now at most; undefined where waiting does not help or
 * nobody says. `retry-after-ms` goes before `retry-after`, the reset of a window with nothing left before what the body says, and a spent
 * day before all of them. Where nobody says, a minute of the clock's heals with the next one.
 */
export function healTime(kind: ReadingClass, told: Told, by: ReadOptions): number | undefined {
  const { now } = by;
  const asked = (): number | undefined => retryAfter(told.headers, now);
  switch (kind) {
    case 'quota_day':
      return dayHeals(told, by);
    case 'rate_limited':
      return (
        after(now, asked()) ??
        spentReset(told.windows, isMinute) ??
        spentReset(told.windows, isDay) ??
        after(now, inBody(told.error)) ??
        resetOf(told.windows, told.spent) ??
        minuteEnd(told.spent, by)
      );
    case 'overloaded':
      return after(now, asked()) ?? spentReset(told.windows, isMinute) ?? after(now, inBody(told.error));
    case 'server':
    case 'timeout':
      return after(now, asked() ?? inBody(told.error));
    case 'no_money':
      // A month of calls ends with it; a month of money may be topped up before.
      return told.spent.period === 'month' && told.spent.counts !== undefined ? nextMonth(now) : undefined;
    case 'too_large_for_limit':
    case 'context_length':
    case 'content_filter':
    case 'bad_request':
    case 'auth':
    case 'model_gone':
    case 'model_error':
      return undefined;
  }
}

/** A day ends when its reset says, or at midnight; one that rolls heals by and by, as the vendor reckons. */
function dayHeals({ headers, windows, error, spent }: Told, { rules, now }: ReadOptions): number {
  const day = spent.day ?? rules.day;
  const moments = day === 'rolling' ? windows.filter(({ moment }) => moment) : windows;
  const reset = spentReset(moments, isDay);
  if (reset !== undefined) return reset;
  if (day !== 'rolling') return nextMidnight(day, now);
  const asked = after(now, retryAfter(headers, now) ?? inBody(error)) ?? spentReset(windows, isDay);
  // Windows that refill tell when all of them is there again, long after some of them is.
  const known = asked ?? (rules.refills ? undefined : latest(windows.filter(isDay)));
  return known ?? now + ROLLING_MS;
}

/** Whether a refusal says when to come back, in a header or in its body. */
export function isHinted({ headers, error }: Pick<Told, 'headers' | 'error'>, now: number): boolean {
  return retryAfter(headers, now) !== undefined || inBody(error) !== undefined;
}

function inBody({ extras, message }: ReportedError): number | undefined {
  return readWait(extras?.retryDelay ?? '', 0) ?? waitInText(message.slice(0, LONGEST_TEXT));
}

function spentReset(windows: readonly HeaderWindow[], which: (each: HeaderWindow) => boolean): number | undefined {
  return latest(windows.filter((each) => each.remaining === 0 && which(each)));
}

/** Where something is left of the window, but less than was asked for. */
function resetOf(windows: readonly HeaderWindow[], { window }: Spent): number | undefined {
  return latest(windows.filter((each) => each.window === window));
}

/** A minute of the clock's is over when the next one begins, though nobody says so. */
function minuteEnd({ period }: Spent, { rules, now }: ReadOptions): number | undefined {
  if (period !== 'minute' || rules.minute !== 'fixed') return undefined;
  return (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS + CLOCKS_DIFFER_MS;
}

function latest(windows: readonly HeaderWindow[]): number | undefined {
  const resets = windows.flatMap(({ resetAt }) => resetAt ?? []);
  return resets.length === 0 ? undefined : Math.max(...resets);
}

function isMinute(window: HeaderWindow): boolean {
  return !isDay(window);
}

function after(now: number, wait: number | undefined): number | undefined {
  return wait === undefined ? undefined : now + wait;
}

function nextMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
