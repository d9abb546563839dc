import type { LimitRules, Observation } from '../domain/limits.ts';
import type { Counted } from './limit-headers.ts';

const MINUTE_MS = 60_000;
/** As many times a minute as it goes into a day. */
const BETWEEN_MS = MINUTE_MS * Math.sqrt(24 * 60);
/** A reset as near as this is rather of a second than of a minute. */
const SHORT_MS = 2000;

/**
 * Whether a window that refills is rather a day than a minute. One in 10,000 that takes 8.64 s to come back is one of a day; where the reset is
 * told too roughly for that, only a long one says so.
 */
export function isOfDay(wait: number, reset: string, { limit = 0, remaining = limit }: Partial<Observation>): boolean {
  const exact = wait >= 1000 && reset.endsWith('s') && remaining < limit;
  return (exact ? (wait * limit) / (limit - remaining) : wait) > BETWEEN_MS;
}

/**
 * Whether a window that nobody names is shorter than a minute: some of it is taken, and all of it is there again within moments. A bucket of a
 * minute may be as near to full; its share then says so. A vendor whose row says how its minutes go has minutes.
 */
export function isShort(
  { period, wait }: Pick<Counted, 'period'> & { readonly wait: number | undefined },
  { limit, remaining }: Partial<Observation>,
  { refills, minute }: LimitRules,
): boolean {
  if (period !== undefined || refills || minute === 'fixed') return false;
  if (wait === undefined || wait > SHORT_MS || limit === undefined || remaining === undefined || remaining >= limit)
    return false;
  const whole = (wait * limit) / (limit - remaining);
  return whole < MINUTE_MS / 2 || whole > MINUTE_MS * 2;
}
