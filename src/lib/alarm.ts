import type { Clock } from './clock.ts';

/** Rings once, when a time is there that may move while it is waited for. */
export interface Alarm extends Disposable {
  /** The time may be earlier than it was; that it is later needs no telling. */
  moved(): void;
}

/** A timer that is late by more than this tells that the process stood still; in milliseconds. */
const STALL_MS = 250;
/** Time to read what came while it did. */
const READ_MS = 50;

/**
 * Starts an alarm that calls `ring` once `dueAt()`, in milliseconds since the epoch, is there; Infinity is never. One timer serves it: the
 * time is asked anew only when that is over, so that moving on costs nothing. Dispose is idempotent.
 */
export function startAlarm(clock: Clock, dueAt: () => number, ring: () => void): Alarm {
  let timer: Disposable | undefined;
  /** When the timer is over, milliseconds since the epoch. */
  let wakesAt = Infinity;
  /** For which time what came while the process stood still may yet be read. */
  let spared: number | undefined;
  let over = false;

  function wakeIn(ms: number, now: number): void {
    wakesAt = now + ms;
    timer = clock.timer(ms, check);
  }

  function check(): void {
    const due = dueAt();
    const now = clock.now();
    timer = undefined;
    wakesAt = Infinity;
    // It moved on while the timer slept; below a millisecond timers only round.
    if (due - now >= 1) arm(due, now);
    // Where the process itself stood still, what came meanwhile has not been read yet, and nobody is to blame before it has.
    else if (now - due > STALL_MS && spared !== due) {
      spared = due;
      wakeIn(READ_MS, now);
    } else {
      over = true;
      ring();
    }
  }

  function arm(due: number, now: number): void {
    if (due < Infinity) wakeIn(Math.max(0, due - now), now);
  }

  arm(dueAt(), clock.now());
  return {
    moved() {
      const due = dueAt();
      if (over || due >= wakesAt) return;
      timer?.[Symbol.dispose]();
      arm(due, clock.now());
    },
    [Symbol.dispose]() {
      over = true;
      timer?.[Symbol.dispose]();
    },
  };
}
