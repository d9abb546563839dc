const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const UTC_DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A minute, in milliseconds. */
export const MINUTE_MS = 60_000;
/** An hour, in milliseconds. */
export const HOUR_MS = 3_600_000;
/** A day, in milliseconds. */
export const DAY_MS = 86_400_000;

/** An instant as the label of an axis whose steps last `step` milliseconds: the time of the day, and the date where a day begins. Steps of a day are those of UTC. */
export function formatTick(at: number, step: number): string {
  if (step >= DAY_MS) return UTC_DAY.format(at);
  const date = new Date(at);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  return isMidnight ? DAY.format(at) : MINUTE.format(at);
}

/** A step of time in words: `14:02`, `27 Nov 14:00`, and `27 Nov, UTC` for a day. Today's steps have no date. */
export function formatStep(at: number, step: number, now = Date.now()): string {
  if (step >= DAY_MS) return `${UTC_DAY.format(at)}, UTC`;
  const time = MINUTE.format(at);
  return DATE.format(at) === DATE.format(now) ? time : `${DAY.format(at)} ${time}`;
}
