import type { Clock } from './clock.ts';

/** A timer that fires so much later than it was due has waited for the loop itself, in milliseconds. */
const LATE_MS = 5;
/** A late timer is armed again at most so often: a loop that is never on time must not wait for ever. */
const MOST_REARMS = 20;

/**
 * Calls back after `ms` milliseconds in which the event loop ran, unless disposed before. A timer that fires late is armed again, and the sockets are read once
 * more before the call: otherwise a process that is slow itself would take an answer that lies unread in its socket for one that did not come.
 */
export function loopTimer(clock: Clock, ms: number, callback: () => void): Disposable {
  return new LoopTimer(clock, ms, callback);
}

class LoopTimer implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #callback: () => void;
  #timer: Disposable | undefined;
  #rearms = 0;

  constructor(clock: Clock, ms: number, callback: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#callback = callback;
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(): void {
    const due = this.#clock.now() + this.#ms;
    this.#timer = this.#clock.timer(this.#ms, () => {
      if (this.#clock.now() - due > LATE_MS && this.#rearms++ < MOST_REARMS) this.#arm();
      // Two turns: the first one reads sockets, the second one runs after what their data has set off.
      else setImmediate(() => setImmediate(() => this.#timer !== undefined && this.#callback()));
    });
  }
}
