/** Time as the gateway sees it. Everything that waits or measures takes one, so that tests own the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch, never going backwards within one clock. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds (0 to 2^31-1) unless disposed before. Dispose is idempotent. */
  timer(ms: number, callback: () => void): Disposable;
}

/** What Node's timers can hold; a longer wait would fire after 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

const ORIGIN = performance.timeOrigin;

/** The real time: the monotonic clock anchored at the wall time of the start, so that a clock step cannot reorder events. */
export const systemClock: Clock = {
  now: () => ORIGIN + performance.now(),
  timer: (ms, callback) => setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS)),
};
