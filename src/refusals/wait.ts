import type { ReplyHead } from '../upstream/transport.ts';

/** Longer hints are taken for nonsense: a month. */
export const LONGEST_HINT_MS = 31 * 24 * 3600_000;

const UNITS: Readonly<Record<string, number>> = Object.freeze({
  d: 86_400_000,
  h: 3600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
});

/**
 * Reads a wait: Go's durations (`6m0s`, `12ms`), bare seconds, epoch seconds or milliseconds, an RFC 3339 date.
 * Milliseconds, rounded up; undefined for anything that is no positive time or is longer than a month.
 */
export function readWait(text: string, now: number): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) {
    if (number > 1e12) return sane(number - now);
    return number > 1e9 ? sane(number * 1000 - now) : sane(number * 1000);
  }
  const duration = durationIn(text);
  if (duration !== undefined) return sane(duration);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? sane(Date.parse(text) - now) : undefined;
}

const AMOUNT = /(\d+(?:\.\d+)?)(ms|d|h|m|s)/y;

/** The milliseconds of a duration of amounts with their units, as `2m59.56s`; undefined for anything else. One pass: replies are full of them. */
function durationIn(text: string): number | undefined {
  let sum = 0;
  AMOUNT.lastIndex = 0;
  do {
    const [, amount, unit = ''] = AMOUNT.exec(text) ?? [];
    if (amount === undefined) return undefined;
    sum += Number(amount) * (UNITS[unit] ?? 0);
  } while (AMOUNT.lastIndex < text.length);
  return sum;
}

/** Whether what `readWait` reads names a moment and no duration. */
export function isMoment(text: string): boolean {
  return Number(text) > 1e9 || /^\d{4}-/.test(text);
}

/** What `retry-after-ms`, or else `retry-after` (seconds, a float, a duration in any spelling, an HTTP date) asks for, in milliseconds. */
export function retryAfter(headers: ReplyHead['headers'], now: number): number | undefined {
  const exact = firstOf(headers['retry-after-ms']);
  const plain = firstOf(headers['retry-after']);
  const told = exact === undefined ? undefined : sane(Number(exact));
  if (told !== undefined || plain === undefined) return told;
  return readWait(plain, now) ?? spokenIn(plain) ?? (/[a-z]/i.test(plain) ? sane(Date.parse(plain) - now) : undefined);
}

const ASKS =
  /(?:try(?: (?:your|the|this) request)? again|retry(?: (?:your|the|this) request)?|wait|resets?)(?: again)?(?: for| in| after)? (?:about |another )?(?=\d)/gi;

/** "try again in 9m38.016s", "retry your request after 37 seconds", "wait 1 hour 30 minutes": what a text asks for, in milliseconds. */
export function waitInText(text: string): number | undefined {
  for (const { 0: asks, index } of text.matchAll(ASKS)) {
    const wait = spokenIn(text, index + asks.length);
    if (wait !== undefined) return wait;
  }
  return undefined;
}

const SPOKEN =
  /(\d[\d,]{0,15}(?:\.\d{1,15})?) ?(milli(?:second)?s?|ms|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)(?![a-z])(?:,? and |,? )?/iy;

/** A duration as people write it, of one or more amounts with their units, from a place in a text on; undefined where there is none. */
function spokenIn(text: string, from = 0): number | undefined {
  let sum = 0;
  SPOKEN.lastIndex = from;
  for (let read = SPOKEN.exec(text); read !== null; read = SPOKEN.exec(text)) {
    const [, amount = '', unit = ''] = read;
    const short = /^m(?:s|illi)/i.test(unit) ? 'ms' : unit.charAt(0).toLowerCase();
    sum += Number(amount.replaceAll(',', '')) * (UNITS[short] ?? 0);
  }
  return sane(sum);
}

/** The first value of a header that came more than once. */
export function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function sane(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 && ms <= LONGEST_HINT_MS ? Math.ceil(ms) : undefined;
}
