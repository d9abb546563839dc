import type { ReadingClass } from '../domain/reading.ts';
import { nextMidnight } from '../lib/midnight.ts';
import { type HeaderWindow, isDay } from './header-windows.ts';
import type { LimitInWords } from './limit-in-words.ts';
import type { ReadOptions } from './read-options.ts';
import type { StatedWait, StatedWaits } from './stated-waits.ts';

/** The parts of a refusal that may say when to retry. */
export interface RetryHints {
  /** The wait in `retry-after-ms` or `retry-after`, in milliseconds. */
  readonly inHeader: number | undefined;
  readonly windows: readonly HeaderWindow[];
  readonly stated: StatedWaits;
  readonly limit: LimitInWords;
}

/** When to retry. */
export interface RetryTime {
  /** Milliseconds since the epoch, at most a month ahead; undefined if waiting does not help or nothing says when. */
  readonly retryAt: number | undefined;
  /** The part of the error's text that says so, in lower case; empty if something else does. */
  readonly matchedText: readonly string[];
}

/** Some of a spent rolling day is back within this time, if nothing says when. */
const ROLLING_DAY_MS = 3600_000;
const MINUTE_MS = 60_000;
/** A provider's minute may begin so much later than ours. */
const CLOCK_SKEW_MS = 1000;

/**
 * When to retry after a refusal of this class. Precedence for a rate: `retry-after-ms`, `retry-after`, the reset of a window with nothing
 * remaining, and the wait that the body states. A quota lasts until the reset that is stated for it, whatever shorter hint there is. If
 * nothing says when, a fixed minute ends when the next one begins.
 */
export function retryTime(kind: ReadingClass, hints: RetryHints, options: ReadOptions): RetryTime {
  const found = hintFor(kind, hints, options);
  if (typeof found !== 'object') return { retryAt: found, matchedText: [] };
  return { retryAt: options.now + found.ms, matchedText: found.matchedText === undefined ? [] : [found.matchedText] };
}

/** The instant, or the stated wait, that applies. */
function hintFor(kind: ReadingClass, hints: RetryHints, options: ReadOptions): number | StatedWait | undefined {
  const { inHeader, windows, stated, limit } = hints;
  const { now } = options;
  switch (kind) {
    case 'quota_day':
      return endOfQuota(hints, options);
    case 'rate_limited':
      return (
        after(now, inHeader) ??
        resetOfSpent(windows, isMinute) ??
        resetOfSpent(windows, isDay) ??
        stated.retry ??
        stated.reset ??
        resetOfNamed(windows, limit) ??
        endOfMinute(limit, options)
      );
    case 'overloaded':
      return after(now, inHeader) ?? resetOfSpent(windows, isMinute) ?? stated.retry ?? stated.reset;
    case 'server':
    case 'timeout':
      return after(now, inHeader) ?? stated.retry ?? stated.reset;
    case 'no_money':
      // A month of calls ends with the calendar month; a month of money may be topped up before.
      return stated.quotaReset ?? (limit.period === 'month' && limit.counts !== undefined ? nextMonth(now) : undefined);
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

/**
 * A fixed day ends at its reset or at midnight. A rolling day comes back gradually, at the time that the provider gives. A quota of another
 * period ends when the provider says.
 */
function endOfQuota(
  { inHeader, windows, stated, limit }: RetryHints,
  { rules, now }: ReadOptions,
): number | StatedWait {
  const isDaily = limit.period === 'day' || limit.dayReset !== undefined;
  const day = limit.dayReset ?? (isDaily ? rules.day : 'rolling');
  const trusted = day === 'rolling' ? windows.filter(({ resetIsInstant }) => resetIsInstant) : windows;
  const reset = isDaily ? resetOfSpent(trusted, isDay) : undefined;
  if (reset !== undefined) return reset;
  const statedReset = isDaily ? stated.reset : stated.quotaReset;
  if (statedReset !== undefined) return statedReset;
  if (day !== 'rolling') return nextMidnight(day, now);
  const hint = after(now, inHeader) ?? stated.retry ?? resetOfSpent(windows, isDay);
  // The reset of a window that refills is when all of it is back, long after some of it is.
  const known = hint ?? (rules.refills ? undefined : latestReset(windows.filter(isDay)));
  return known ?? now + ROLLING_DAY_MS;
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
