import type { Clock } from '../../src/lib/clock.ts';

/** A clock that stands still until it is advanced. */
export interface FakeClock extends Clock {
  /** Advances by `ms` and fires every timer that becomes due, in order. */
  advance(ms: number): void;
  /** Number of running timers. */
  readonly waiting: () => number;
}

/** Makes a clock that shows `start`, in milliseconds since the epoch. */
export function fakeClock(start = 1_000_000): FakeClock {
  let time = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => time,
    timer(ms, callback) {
      const timer = { at: time + ms, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance(ms) {
      const end = time + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        time = next.at;
        next.callback();
      }
      time = end;
    },
    waiting: () => timers.size,
  };
}
