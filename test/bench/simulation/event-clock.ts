import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../src/lib/clock.ts';

/** A clock that jumps from one timer to the next, so that a day passes in seconds. */
export interface EventClock extends Clock {
  /** Fires every timer that becomes due until `end`, in order, and lets all consequences of one happen before the next. */
  run(end: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  /** Timers of the same time fire in the order in which they were set. */
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Makes a clock that shows `start`, in milliseconds since the epoch. */
export function eventClock(start: number): EventClock {
  const heap: Timer[] = [];
  let time = start;
  let orders = 0;

  const isBefore = (a: Timer | undefined, b: Timer | undefined): boolean =>
    a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));

  function swap(a: number, b: number): void {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  }

  function push(timer: Timer): void {
    heap.push(timer);
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) return;
      swap(at, parent);
      at = parent;
    }
  }

  function pop(): Timer | undefined {
    swap(0, heap.length - 1);
    const first = heap.pop();
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = isBefore(heap[right], heap[left]) ? right : left;
      if (!isBefore(heap[least], heap[at])) return first;
      swap(at, least);
      at = least;
    }
  }

  return {
    now: () => time,
    timer(ms, callback) {
      const timer: Timer = { at: time + Math.max(0, ms), order: orders++, callback };
      push(timer);
      return { [Symbol.dispose]: () => void (timer.callback = undefined) };
    },
    async run(end) {
      for (let next = heap[0]; next !== undefined && next.at <= end; next = heap[0]) {
        pop();
        const { callback } = next;
        if (callback === undefined) continue;
        time = next.at;
        callback();
        await setImmediate();
      }
      time = end;
    },
  };
}
