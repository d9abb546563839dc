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
  return new ClockAlarm(clock, dueAt, ring);
}

class ClockAlarm implements Alarm {
  readonly #clock: Clock;
  readonly #dueAt: () => number;
  readonly #ring: () => void;
  #timer: Disposable | undefined;
  /** When the timer is over, milliseconds since the epoch. */
  #wakesAt = Infinity;
  /** For which time what came while the process stood still may yet be read. */
  #spared: number | undefined;
  #over = false;

  constructor(clock: Clock, dueAt: () => number, ring: () => void) {
    this.#clock = clock;
    this.#dueAt = dueAt;
    this.#ring = ring;
    this.#arm(dueAt(), clock.now());
  }

  moved(): void {
    const due = this.#dueAt();
    if (this.#over || due >= this.#wakesAt) return;
    this.#timer?.[Symbol.dispose]();
    this.#arm(due, this.#clock.now());
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#timer?.[Symbol.dispose]();
  }

  #arm(due: number, now: number): void {
    if (due < Infinity) this.#wakeIn(Math.max(0, due - now), now);
  }

  #wakeIn(ms: number, now: number): void {
    this.#wakesAt = now + ms;
    this.#timer = this.#clock.timer(ms, () => this.#check());
  }

  #check(): void {
    const due = this.#dueAt();
    const now = this.#clock.now();
    this.#timer = undefined;
    this.#wakesAt = Infinity;
    // It moved on while the timer slept; below a millisecond timers only round.
    if (due - now >= 1) this.#arm(due, now);
    // Where the process itself stood still, what came meanwhile has not been read yet, and nobody is to blame before it has.
    else if (now - due > STALL_MS && this.#spared !== due) {
      this.#spared = due;
      this.#wakeIn(READ_MS, now);
    } else {
      this.#over = true;
      this.#ring();
    }
  }
}
