import type { LimitRules, Observation } from '../domain/limits.ts';
import type { HeaderDimension } from './limit-headers.ts';

const MINUTE_MS = 60_000;
/** The geometric mean of a minute and a day. */
const MIDDLE_MS = MINUTE_MS * Math.sqrt(24 * 60);
/** A reset as near as this suggests a window of a second rather than of a minute. */
const SHORT_RESET_MS = 2000;

/**
 * Whether a window that refills is likelier a day than a minute. `wait` is the time to its reset in milliseconds, `reset` the header's
 * value. One of 10,000 requests that takes 8.64 s to refill belongs to a day; if the reset is too coarse for that, only a long wait counts.
 */
export function isLikelyDay(
  wait: number,
  reset: string,
  { limit = 0, remaining = limit }: Partial<Observation>,
): boolean {
  const exact = wait >= 1000 && reset.endsWith('s') && remaining < limit;
  return (exact ? (wait * limit) / (limit - remaining) : wait) > MIDDLE_MS;
}

/**
 * Whether a window without a period in its name is shorter than a minute: some of it is used, and all of it is back within moments. A
 * bucket of a minute may be as nearly full; the used share then shows its length. A provider whose rules say how its minutes run has
 * minutes.
 */
export function isShorterThanMinute(
  { period, wait }: Pick<HeaderDimension, 'period'> & { readonly wait: number | undefined },
  { limit, remaining }: Partial<Observation>,
  { refills, minute }: LimitRules,
): boolean {
  if (period !== undefined || refills || minute === 'fixed') return false;
  if (
    wait === undefined ||
    wait > SHORT_RESET_MS ||
    limit === undefined ||
    remaining === undefined ||
    remaining >= limit
  )
    return false;
  const length = (wait * limit) / (limit - remaining);
  return length < MINUTE_MS / 2 || length > MINUTE_MS * 2;
}
