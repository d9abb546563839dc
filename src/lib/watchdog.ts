import type { Clock } from './clock.ts';

/** Barks once when it was not fed for its time. Feeding is cheap: it notes the time and moves no timer. */
export interface Watchdog extends Disposable {
  feed(): void;
  /** Stops the count until `resume`, which starts it anew. Both are idempotent. */
  pause(): void;
  resume(): void;
}

/** A timer that is late by more than this tells that the process stood still; in milliseconds. */
const STALL_MS = 250;
/** Time to read what came while it did. */
const READ_MS = 50;

/** Starts a watchdog that calls `bark` once, `ms` milliseconds after it was last fed. Dispose is idempotent. */
export function startWatchdog(clock: Clock, ms: number, bark: () => void): Watchdog {
  let fedAt = clock.now();
  let paused = false;
  let over = false;
  let stalled = false;
  let timer = clock.timer(ms, check);

  function check(): void {
    if (paused) return;
    const left = fedAt + ms - clock.now();
    // A feed moved the deadline while the timer slept; below a millisecond timers only round.
    if (left >= 1) timer = clock.timer(left, check);
    // Where the process itself stood still, what came meanwhile has not been read yet, and nobody is to blame before it has.
    else if (left < -STALL_MS && !stalled) {
      stalled = true;
      timer = clock.timer(READ_MS, check);
    } else {
      over = true;
      bark();
    }
  }

  return {
    feed() {
      stalled = false;
      fedAt = clock.now();
    },
    pause() {
      paused = true;
      timer[Symbol.dispose]();
    },
    resume() {
      // A reader may go on after the exchange is over; nothing is watched any more then.
      if (!paused || over) return;
      paused = false;
      fedAt = clock.now();
      timer = clock.timer(ms, check);
    },
    [Symbol.dispose]() {
      over = true;
      paused = true;
      timer[Symbol.dispose]();
    },
  };
}
