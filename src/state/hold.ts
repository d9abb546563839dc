import type { Observation } from '../domain/limits.ts';
import type { Clock } from '../lib/clock.ts';
import type { Breaker } from './breaker.ts';
import type { Counted } from './counter.ts';
import type { Hold, Verdict } from './limit-state.ts';

/** What one attempt is booked with. */
export interface BookingParts {
  readonly counted: Counted;
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
    const { counted, order, clock, changed } = this.#parts;
    counted.replied(order, observed, clock.now());
    changed();
  }

  again(): void {
    const { counted, order, clock } = this.#parts;
    counted.again(order, clock.now());
  }

  answered(): void {
    this.#tell('healthy');
  }

  settle(verdict: Verdict, tokens: number | undefined): void {
    const { counted, order, clock } = this.#parts;
    if (counted.settle(order, tokens, clock.now())) this.#tell(verdict);
  }

  cancel(verdict: Verdict): void {
    const { counted, order } = this.#parts;
    if (counted.cancel(order)) this.#tell(verdict);
  }

  #tell(verdict: Verdict): void {
    const { breaker, order, clock, changed } = this.#parts;
    breaker.tell(order, verdict, clock.now());
    changed();
  }
}
