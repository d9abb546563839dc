import { type FakeClock, fakeClock } from './clock.ts';

/** The time between two measurements of the event loop, in milliseconds. */
const TICK_MS = 20;

/** A fake clock whose event loop is late. */
export interface LateClock extends FakeClock {
  /** Milliseconds by which the timers that measure the event loop fire too late. */
  late: number;
}

/** Makes a clock whose event loop is in time. */
export function lateClock(): LateClock {
  const clock = fakeClock();
  const made: LateClock = {
    ...clock,
    late: 0,
    timer: (ms, callback) => clock.timer(ms === TICK_MS ? ms + made.late : ms, callback),
  };
  return made;
}
