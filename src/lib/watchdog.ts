import { type Alarm, startAlarm } from './alarm.ts';
import type { Clock } from './clock.ts';

/** Fires once when it is not fed for its time. Feeding is cheap: it records the time and moves no timer. */
export interface Watchdog extends Disposable {
  feed(): void;
  /** Stops the countdown until `resume`, which restarts it. Both are idempotent. */
  pause(): void;
  resume(): void;
}

/** Starts a watchdog that calls `onTimeout` once, `ms` milliseconds after it was last fed. Dispose is idempotent. */
export function startWatchdog(clock: Clock, ms: number, onTimeout: () => void): Watchdog {
  return new AlarmedWatchdog(clock, ms, onTimeout);
}

class AlarmedWatchdog implements Watchdog {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #fedAt: number;
  #paused = false;

  constructor(clock: Clock, ms: number, onTimeout: () => void) {
    this.#clock = clock;
    this.#fedAt = clock.now();
    this.#alarm = startAlarm(clock, () => (this.#paused ? Infinity : this.#fedAt + ms), onTimeout);
  }

  feed(): void {
    this.#fedAt = this.#clock.now();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.feed();
    this.#alarm.moved();
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
  }
}
