import { startAlarm } from './alarm.ts';
import type { Clock } from './clock.ts';

/** Barks once when it was not fed for its time. Feeding is cheap: it notes the time and moves no timer. */
export interface Watchdog extends Disposable {
  feed(): void;
  /** Stops the count until `resume`, which starts it anew. Both are idempotent. */
  pause(): void;
  resume(): void;
}

/** Starts a watchdog that calls `bark` once, `ms` milliseconds after it was last fed. Dispose is idempotent. */
export function startWatchdog(clock: Clock, ms: number, bark: () => void): Watchdog {
  let fedAt = clock.now();
  let paused = false;
  const alarm = startAlarm(clock, () => (paused ? Infinity : fedAt + ms), bark);
  return {
    feed() {
      fedAt = clock.now();
    },
    pause() {
      paused = true;
    },
    resume() {
      if (!paused) return;
      paused = false;
      fedAt = clock.now();
      alarm.moved();
    },
    [Symbol.dispose]: () => alarm[Symbol.dispose](),
  };
}
