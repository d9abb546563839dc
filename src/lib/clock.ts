/** The gateway's time. Everything that waits or measures takes a clock, so that tests control the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch, never going backwards within one clock. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds (0 to 2^31-1) unless disposed before that. Dispose is idempotent. */
  timer(ms: number, callback: () => void): Disposable;
}

/** The longest delay of Node's timers, in milliseconds; a longer one would fire after 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

const ORIGIN = performance.timeOrigin;

/** The real time: the monotonic clock, anchored at the wall time of the process's start, so that a step of the wall clock cannot reorder events. */
export const systemClock: Clock = {
  now: () => ORIGIN + performance.now(),
  timer: (ms, callback) => setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS)),
};

/** The second at hand, since the epoch, as answers say when they were made. */
export function secondsNow(): number {
  return Math.floor(systemClock.now() / 1000);
}
