import type { ReadingClass } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { nextMidnight } from '../lib/midnight.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { type HeaderWindow, isDay } from './header-windows.ts';
import type { LimitInWords } from './limit-in-words.ts';
import type { ReadOptions } from './read-options.ts';
import { parseWait, retryAfter, waitInText } from './wait.ts';

/** The parts of a refusal that may say when to retry. */
export interface RetryHints {
  readonly headers: ReplyHead['headers'];
  readonly windows: readonly HeaderWindow[];
  readonly error: ReportedError;
  readonly limit: LimitInWords;
}

/** Some of a spent rolling day is back within this time, if nothing says when. */
const ROLLING_DAY_MS = 3600_000;
const MINUTE_MS = 60_000;
/** A provider's minute may begin so much later than ours. */
const CLOCK_SKEW_MS = 1000;
/** Only so many characters of a message are matched. */
const MAX_TEXT = 4096;

/**
 * When to retry after a refusal of this class, in milliseconds since the epoch, at most a month from now; undefined if waiting does not
 * help or nothing says when. Precedence: a spent day, then `retry-after-ms`, `retry-after`, the reset of a window with nothing remaining,
 * and the body. If nothing says when, a fixed minute ends when the next one begins.
 */
export function retryTime(kind: ReadingClass, hints: RetryHints, options: ReadOptions): number | undefined {
  const { now } = options;
  switch (kind) {
    case 'quota_day':
      return endOfSpentDay(hints, options);
    case 'rate_limited':
      return (
        after(now, retryAfter(hints.headers, now)) ??
        resetOfSpent(hints.windows, isMinute) ??
        resetOfSpent(hints.windows, isDay) ??
        after(now, waitInBody(hints.error)) ??
        resetOfNamed(hints.windows, hints.limit) ??
        endOfMinute(hints.limit, options)
      );
    case 'overloaded':
      return (
        after(now, retryAfter(hints.headers, now)) ??
        resetOfSpent(hints.windows, isMinute) ??
        after(now, waitInBody(hints.error))
      );
    case 'server':
    case 'timeout':
      return after(now, retryAfter(hints.headers, now) ?? waitInBody(hints.error));
    case 'no_money':
      // A month of calls ends with the calendar month; a month of money may be topped up before.
      return hints.limit.period === 'month' && hints.limit.counts !== undefined ? nextMonth(now) : undefined;
    case 'too_large_for_limit':
    case 'context_length':
    case 'content_filter':
    case 'bad_request':
    case 'invalid_request':
    case 'auth':
    case 'model_gone':
    case 'model_error':
      return undefined;
  }
}

/** Whether a refusal says when to retry, in a header or in its body. */
export function hasRetryHint({ headers, error }: Pick<RetryHints, 'headers' | 'error'>, now: number): boolean {
  return retryAfter(headers, now) !== undefined || waitInBody(error) !== undefined;
}

/** A fixed day ends at its reset or at midnight. A rolling day comes back gradually, at the time that the provider gives. */
function endOfSpentDay({ headers, windows, error, limit }: RetryHints, { rules, now }: ReadOptions): number {
  const day = limit.dayReset ?? rules.day;
  const trusted = day === 'rolling' ? windows.filter(({ resetIsInstant }) => resetIsInstant) : windows;
  const reset = resetOfSpent(trusted, isDay);
  if (reset !== undefined) return reset;
  if (day !== 'rolling') return nextMidnight(day, now);
  const hint = after(now, retryAfter(headers, now) ?? waitInBody(error)) ?? resetOfSpent(windows, isDay);
  // The reset of a window that refills is when all of it is back, long after some of it is.
  const known = hint ?? (rules.refills ? undefined : latestReset(windows.filter(isDay)));
  return known ?? now + ROLLING_DAY_MS;
}

function waitInBody({ extras, message }: ReportedError): number | undefined {
  return parseWait(extras?.retryDelay ?? '', 0) ?? waitInText(message.slice(0, MAX_TEXT));
}

function resetOfSpent(windows: readonly HeaderWindow[], filter: (each: HeaderWindow) => boolean): number | undefined {
  return latestReset(windows.filter((each) => each.remaining === 0 && filter(each)));
}

/** The reset of the window that the body names, of which something may remain, but less than the request needs. */
function resetOfNamed(windows: readonly HeaderWindow[], { window }: LimitInWords): number | undefined {
  return latestReset(windows.filter((each) => each.window === window));
}

/** The end of a fixed minute; undefined for other periods and for minutes that roll. */
function endOfMinute({ period }: LimitInWords, { rules, now }: ReadOptions): number | undefined {
  if (period !== 'minute' || rules.minute !== 'fixed') return undefined;
  return (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS + CLOCK_SKEW_MS;
}

function latestReset(windows: readonly HeaderWindow[]): number | undefined {
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
