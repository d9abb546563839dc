import type { LiveSecond } from '../../live/live-snapshot.ts';
import type { Point } from './points.ts';

/** Over how many seconds the present rate is taken. */
const WINDOW = 30;

/**
 * Requests per second now: of the last 30 seconds that the page has seen. Undefined while it has seen less.
 * `now` in seconds since the epoch; the present second is not over.
 */
export function rateOf(seconds: readonly LiveSecond[], now: number): number | undefined {
  const first = seconds[0];
  if (first === undefined || first.second > now - WINDOW) return undefined;
  const ended = seconds.filter(({ second }) => second >= now - WINDOW && second < now);
  return ended.reduce((all, { requests }) => all + requests, 0) / WINDOW;
}

/**
 * The rate of the last whole minute, until the page itself has seen enough; in the first minute of the gateway, the rate since its start.
 * `since` in milliseconds since the epoch, `now` in seconds.
 */
export function rateOfMinutes(
  points: readonly Pick<Point, 'requests'>[],
  since: number | null,
  now: number,
): number | undefined {
  const whole = points.at(-2);
  if (whole !== undefined) return whole.requests / 60;
  const open = points.at(-1);
  return open === undefined || since === null ? undefined : open.requests / Math.max(1, now - since / 1000);
}
