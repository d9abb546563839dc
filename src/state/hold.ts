import type { Observation } from '../domain/limits.ts';
import type { Clock } from '../lib/clock.ts';
import type { Breaker } from './breaker.ts';
import type { CountedAttempt } from './counted-attempt.ts';
import type { Counter } from './counter.ts';
import type { Hold, Verdict } from './limit-state.ts';

/** What the hold of one attempt refers to. */
export interface HoldParts {
  readonly counter: Counter;
  readonly attempt: CountedAttempt;
  readonly breaker: Breaker;
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
    const { counter, attempt, clock, changed } = this.#parts;
    counter.replied(attempt, observed, clock.now());
    changed();
  }

  again(): void {
    const { counter, attempt, clock } = this.#parts;
    counter.again(attempt, clock.now());
  }

  answered(): void {
    this.#record('healthy');
  }

  settle(verdict: Verdict, tokens: number | undefined): void {
    const { counter, attempt, clock } = this.#parts;
    if (counter.settle(attempt, tokens, clock.now())) this.#record(verdict);
  }

  release(verdict: Verdict): void {
    const { counter, attempt } = this.#parts;
    if (counter.release(attempt)) this.#record(verdict);
  }

  #record(verdict: Verdict): void {
    const { breaker, attempt, clock, changed } = this.#parts;
    breaker.record(attempt.order, verdict, clock.now());
    changed();
  }
}
