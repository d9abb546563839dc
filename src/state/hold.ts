import type { Observation } from '../domain/limits.ts';
import type { Clock } from '../lib/clock.ts';
import type { Breaker } from './breaker.ts';
import type { Counter } from './counter.ts';
import type { Hold, Verdict } from './limit-state.ts';

/** What the hold of one attempt refers to. */
export interface HoldParts {
  readonly counter: Counter;
  readonly breaker: Breaker;
  /** The attempt's number in both. */
  readonly order: number;
  readonly probe: boolean;
  readonly clock: Clock;
  /** Called after every change. */
  readonly changed: () => void;
}

/** Returns the hold of an attempt that the counter has a reservation for and that the breaker has started. */
export function createHold(parts: HoldParts): Hold {
  return new AttemptHold(parts);
}

class AttemptHold implements Hold {
  readonly #parts: HoldParts;

  constructor(parts: HoldParts) {
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
    this.#record('healthy');
  }

  settle(verdict: Verdict, tokens: number | undefined): void {
    const { counter, order, clock } = this.#parts;
    if (counter.settle(order, tokens, clock.now())) this.#record(verdict);
  }

  release(verdict: Verdict): void {
    const { counter, order } = this.#parts;
    if (counter.release(order)) this.#record(verdict);
  }

  #record(verdict: Verdict): void {
    const { breaker, order, clock, changed } = this.#parts;
    breaker.record(order, verdict, clock.now());
    changed();
  }
}
