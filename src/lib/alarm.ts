import type { Clock } from './clock.ts';

/** Fires once at a due time that may move while the alarm waits. */
export interface Alarm extends Disposable {
  /** Must be called when the due time becomes earlier. A later due time needs no call. */
  moved(): void;
}

/** A timer that fires later than this shows that the process was stalled; in milliseconds. */
const STALL_MS = 250;
/** Time to read what arrived during a stall, in milliseconds. */
const READ_MS = 50;

/**
 * Starts an alarm that calls `onDue` once `dueAt()`, in milliseconds since the epoch, is reached; Infinity is never. It uses one timer and
 * calls `dueAt` again only when that fires, so that a due time that moves on costs nothing. Dispose is idempotent.
 */
export function startAlarm(clock: Clock, dueAt: () => number, onDue: () => void): Alarm {
  return new ClockAlarm(clock, dueAt, onDue);
}

class ClockAlarm implements Alarm {
  readonly #clock: Clock;
  readonly #dueAt: () => number;
  readonly #onDue: () => void;
  #timer: Disposable | undefined;
  /** When the timer fires, in milliseconds since the epoch. */
  #wakesAt = Infinity;
  /** The due time that was already extended once by READ_MS after a stall. */
  #extended: number | undefined;
  #over = false;

  constructor(clock: Clock, dueAt: () => number, onDue: () => void) {
    this.#clock = clock;
    this.#dueAt = dueAt;
    this.#onDue = onDue;
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
    // The due time moved on while the timer ran. A difference below a millisecond is only a timer's rounding.
    if (due - now >= 1) this.#arm(due, now);
    // After a stall of the process, what arrived meanwhile is still unread, so the peer is not yet to blame.
    else if (now - due > STALL_MS && this.#extended !== due) {
      this.#extended = due;
      this.#wakeIn(READ_MS, now);
    } else {
      this.#over = true;
      this.#onDue();
    }
  }
}
