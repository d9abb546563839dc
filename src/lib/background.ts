import type { Clock } from './clock.ts';

/** The same clock for work that is not worth a process: its timers do not keep one alive that has nothing else to do. */
export function background(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    timer(ms, callback) {
      const timer = clock.timer(ms, callback);
      if ('unref' in timer && typeof timer.unref === 'function') timer.unref();
      return timer;
    },
  };
}
