import type { ReplyHead } from '../../upstream/transport.ts';

/** Longer hints are taken for nonsense: a month. */
const LONGEST_HINT_MS = 31 * 24 * 3600_000;

const UNITS: Readonly<Record<string, number>> = Object.freeze({ h: 3600_000, m: 60_000, s: 1000, ms: 1 });

/**
 * How long a vendor asks to wait, in milliseconds: `retry-after-ms`, then `retry-after` (seconds, a float, an HTTP date), then the reset
 * header of a dimension with nothing remaining, then "try again in 9m38s" in the text. Zero, negative and absurd values count as absent.
 */
export function waitHint(headers: ReplyHead['headers'], message: string, now: number): number | undefined {
  return (
    sane(Number(one(headers['retry-after-ms']))) ??
    retryAfter(one(headers['retry-after']), now) ??
    spentReset(headers, now) ??
    inText(message)
  );
}

/**
 * Reads a wait: Go's durations (`6m0s`, `12ms`), bare seconds, epoch seconds or milliseconds, an RFC 3339 date.
 * Undefined for anything that is no positive time.
 */
export function readWait(text: string, now: number): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) {
    if (number > 1e12) return sane(number - now);
    return number > 1e9 ? sane(number * 1000 - now) : sane(number * 1000);
  }
  if (/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) {
    let sum = 0;
    for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|h|m|s)/g))
      sum += Number(amount) * (UNITS[unit ?? ''] ?? 0);
    return sane(sum);
  }
  return /^\d{4}-\d\d-\d\dT/.test(text) ? sane(Date.parse(text) - now) : undefined;
}

function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  return readWait(value, now) ?? sane(Date.parse(value) - now);
}

/** `x-ratelimit-remaining-tokens: 0` makes `x-ratelimit-reset-tokens` the one that counts. */
function spentReset(headers: ReplyHead['headers'], now: number): number | undefined {
  const waits: number[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!name.includes('ratelimit') || !name.includes('reset')) continue;
    const remaining = one(headers[name.replace('reset', 'remaining')]);
    const wait = remaining === '0' ? readWait(one(value) ?? '', now) : undefined;
    if (wait !== undefined) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function inText(message: string): number | undefined {
  const match =
    /(?:try again|retry|wait)(?: again)?(?: in| after)? ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+|\d+(?:\.\d+)? ?seconds?)/i.exec(
      message.slice(0, 4096),
    );
  const text = match?.[1]?.replace(/ ?seconds?$/, 's');
  return text === undefined ? undefined : readWait(text, 0);
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function sane(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 && ms <= LONGEST_HINT_MS ? Math.ceil(ms) : undefined;
}
