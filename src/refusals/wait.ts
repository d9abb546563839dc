import type { ReplyHead } from '../upstream/transport.ts';
import { AMOUNT_IN_PROSE, MILLISECONDS, RETRY_PHRASE } from './wordings/retry-wait.ts';

/** Longer waits are implausible and count as missing: 31 days. */
const MAX_WAIT_MS = 31 * 24 * 3600_000;

const UNITS: Readonly<Record<string, number>> = Object.freeze({
  d: 86_400_000,
  h: 3600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
});

/**
 * Parses a wait: Go's durations (`6m0s`, `12ms`), bare seconds, epoch seconds or milliseconds, an RFC 3339 date.
 * Returns milliseconds, rounded up; undefined for anything that is not a positive time or is longer than `MAX_WAIT_MS`.
 */
export function parseWait(text: string, now: number): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) {
    if (number > 1e12) return plausible(number - now);
    return number > 1e9 ? plausible(number * 1000 - now) : plausible(number * 1000);
  }
  const duration = parseDuration(text);
  if (duration !== undefined) return plausible(duration);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? plausible(Date.parse(text) - now) : undefined;
}

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
  const exactWait = exact === undefined ? undefined : plausible(Number(exact));
  if (exactWait !== undefined || plain === undefined) return exactWait;
  const wait = parseWait(plain, now) ?? parseProse(plain);
  return wait ?? (/[a-z]/i.test(plain) ? plausible(Date.parse(plain) - now) : undefined);
}

/**
 * The wait that a text gives, in milliseconds: "try again in 9m38.016s", "retry your request after 37 seconds", "wait 1 hour 30 minutes".
 * Undefined if it gives none.
 */
export function waitInText(text: string): number | undefined {
  for (const { 0: phrase, index } of text.matchAll(RETRY_PHRASE)) {
    const wait = parseProse(text, index + phrase.length);
    if (wait !== undefined) return wait;
  }
  return undefined;
}

/** The milliseconds of a duration in prose, of one or more amounts with their units, at a place in a text; undefined without one. */
function parseProse(text: string, from = 0): number | undefined {
  let sum = 0;
  AMOUNT_IN_PROSE.lastIndex = from;
  for (let match = AMOUNT_IN_PROSE.exec(text); match !== null; match = AMOUNT_IN_PROSE.exec(text)) {
    const [, amount = '', unit = ''] = match;
    const short = MILLISECONDS.test(unit) ? 'ms' : unit.charAt(0).toLowerCase();
    sum += Number(amount.replaceAll(',', '')) * (UNITS[short] ?? 0);
  }
  return plausible(sum);
}

/** The first value of a header that may occur more than once. */
export function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function plausible(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 && ms <= MAX_WAIT_MS ? Math.ceil(ms) : undefined;
}
