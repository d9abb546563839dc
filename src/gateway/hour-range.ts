import { GatewayError } from '../domain/errors.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours of a range whose input does not say when it begins. */
const USUAL_HOURS = 24;

/** UTC hours since the epoch: from the first, up to and without the last. */
export interface HourRange {
  readonly from: number;
  readonly to: number;
}

/** What a range depends on beside its input. */
export interface HourRangeOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Days of the longest range. */
  readonly mostDays: number;
}

/** The hours of a range, widened to whole ones; the last 24 unless the input says which. Throws `invalid_request` for a wrong range. */
export function hourRange(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  { now, mostDays }: HourRangeOptions,
): HourRange {
  const endsAt = to === undefined ? now : Date.parse(to);
  const end = to === undefined ? Math.floor(now / HOUR_MS) + 1 : Math.ceil(endsAt / HOUR_MS);
  if (from === undefined) return { from: end - USUAL_HOURS, to: end };
  const startsAt = Date.parse(from);
  const start = Math.floor(startsAt / HOUR_MS);
  if (start >= end) throw wrong('to', 'must be later than `from`');
  // Before it is widened, so that the last 7 days may begin at this minute of the day.
  if (endsAt - startsAt > mostDays * DAY_MS) throw wrong('from', `must be within ${mostDays} days of \`to\``);
  return { from: start, to: end };
}

/** The start of an hour as an instant, such as `2026-11-30T09:00:00Z`. */
export function instantOf(hour: number): string {
  return `${new Date(hour * HOUR_MS).toISOString().slice(0, 19)}Z`;
}

function wrong(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}.`, param });
}
