import type { ReplyHead } from '../upstream/transport.ts';
import { instantAt } from './date-in-text.ts';
import { clockDurationAt, durationAt, type WaitMatch } from './duration-in-text.ts';

/** Longer waits are implausible and count as missing: 31 days. */
const MAX_WAIT_MS = 31 * 24 * 3600_000;
/** No wait is written in more characters. */
const MAX_TEXT = 64;

const UNITS: Readonly<Record<string, number>> = Object.freeze({
  d: 86_400_000,
  h: 3600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
});

/**
 * Parses a wait that is the whole of a text: Go's durations (`6m0s`, `12ms`), bare seconds, epoch seconds or milliseconds, a duration in
 * prose, in a clock's notation (`1.02:03:04`) or in ISO 8601, a date in any form that `instantAt` reads. A date without a zone is in UTC.
 * Returns milliseconds, rounded up; undefined for anything that is not a positive time or is longer than 31 days.
 */
export function parseWait(text: string, now: number): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) {
    if (number > 1e12) return plausibleWait(number - now);
    return number > 1e9 ? plausibleWait(number * 1000 - now) : plausibleWait(number * 1000);
  }
  const duration = parseDuration(text);
  if (duration !== undefined) return plausibleWait(duration);
  return RFC3339.test(text) ? plausibleWait(Date.parse(text) - now) : parseProse(text, now);
}

/** With a zone. Anthropic's replies have several such headers, so it is parsed without further patterns. */
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

const AMOUNT = /(\d+(?:\.\d+)?)(ms|d|h|m|s)/y;

/**
 * The milliseconds of a duration that consists of amounts with their units, such as `2m59.56s`; undefined for anything else. It takes one
 * pass, because most replies have such headers.
 */
function parseDuration(text: string): number | undefined {
  let sum = 0;
  AMOUNT.lastIndex = 0;
  do {
    const [, amount, unit = ''] = AMOUNT.exec(text) ?? [];
    if (amount === undefined) return undefined;
    sum += Number(amount) * (UNITS[unit] ?? 0);
  } while (AMOUNT.lastIndex < text.length);
  return sum;
}

/** The obsolete forms of an HTTP date, which recipients must accept (RFC 9110, 5.6.7). Both are in GMT. */
const OBSOLETE_DATE =
  /^(?:[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/** The wait in any other form, if it is the whole text. */
function parseProse(text: string, now: number): number | undefined {
  if (text.length > MAX_TEXT) return undefined;
  if (OBSOLETE_DATE.test(text)) return plausibleWait(Date.parse(text.replace(/(?: GMT)?$/, ' GMT')) - now);
  const written = text.trim().toLowerCase();
  const isWhole = (match: WaitMatch | undefined): boolean => match?.end === written.length;
  const found = [clockDurationAt(written, 0), durationAt(written, 0), instantAt(written, 0, now)].find(isWhole);
  return found && plausibleWait(found.ms);
}

/** Whether a text that `parseWait` parses is an instant and not a duration. */
export function isInstant(text: string): boolean {
  return Number(text) > 1e9 || /^\d{4}-/.test(text);
}

/**
 * The wait in `retry-after-ms`, or else in `retry-after` (seconds, a float, a duration in any notation, an HTTP date), in milliseconds;
 * undefined if neither has a plausible one.
 */
export function retryAfter(headers: ReplyHead['headers'], now: number): number | undefined {
  const exact = firstOf(headers['retry-after-ms']);
  const plain = firstOf(headers['retry-after']);
  const exactWait = exact === undefined ? undefined : plausibleWait(Number(exact));
  return exactWait ?? (plain === undefined ? undefined : parseWait(plain, now));
}

/** The first value of a header that may occur more than once. */
export function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** A wait in whole milliseconds, rounded up; undefined unless it is above 0 and at most 31 days. */
export function plausibleWait(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 && ms <= MAX_WAIT_MS ? Math.ceil(ms) : undefined;
}
