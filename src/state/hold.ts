import type { Observation } from '../domain/limits.ts';
import type { Clock } from '../lib/clock.ts';
import type { Breaker } from './breaker.ts';
import type { Counter } from './counter.ts';
import type { Hold, Verdict } from './limit-state.ts';

/** What one attempt is booked with. */
export interface BookingParts {
  readonly counter: Counter;
  readonly breaker: Breaker;
  /** Its number in both. */
  readonly order: number;
  readonly probe: boolean;
  readonly clock: Clock;
  /** Told after every change. */
  readonly changed: () => void;
}

/** Makes the hold of an attempt that is booked. */
export function createHold(parts: BookingParts): Hold {
  return new Booking(parts);
}

class Booking implements Hold {
  readonly #parts: BookingParts;

  constructor(parts: BookingParts) {
    this.#parts = parts;
  }

  get probe(): boolean {
    return this.#parts.probe;
  }

  replied(observed: readonly Observation[]): void {
    const { counter, order, clock, changed } = this.#parts;
    counter.replied(order, observed, clock.now());
    changed();
  }

  again(): void {
    const { counter, order, clock } = this.#parts;
    counter.again(order, clock.now());
  }

  answered(): void {
    this.#tell('healthy');
  }

  settle(verdict: Verdict, tokens: number | undefined): void {
    const { counter, order, clock } = this.#parts;
    if (counter.settle(order, tokens, clock.now())) this.#tell(verdict);
  }

  cancel(verdict: Verdict): void {
    const { counter, order } = this.#parts;
    if (counter.cancel(order)) this.#tell(verdict);
  }

  #tell(verdict: Verdict): void {
    const { breaker, order, clock, changed } = this.#parts;
    breaker.tell(order, verdict, clock.now());
    changed();
  }
}
