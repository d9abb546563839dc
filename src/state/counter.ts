import { type Limits, type Observation, WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import { createLinkedSet } from '../lib/linked-set.ts';
import {
  type CounterWindows,
  countsTokens,
  createCounterWindows,
  type WindowObstacle,
  WINDOWS_OF,
} from './counter-windows.ts';
import type { CountedAttempt, Marks } from './counted-attempt.ts';
import type { Journal } from './journal.ts';
import type { Counted, CountedDemand } from './limit-state.ts';
import type { Mark } from './window-corrections.ts';

/** When an attempt is sent. */
export interface Sent {
  /** A number of the attempt, for `expire`. */
  readonly order: number;
  readonly now: number;
}

/** Counts the targets that share one set of limits: their windows, and the attempts that run. Times in milliseconds since the epoch. */
export interface Counter {
  readonly windows: CounterWindows;
  /** Settles the attempts whose lease has ended, and returns their numbers. Call it before the other methods are read. */
  expire(now: number): readonly number[];
  /** Undefined when such a request may be sent now. */
  obstacle(limits: Limits, demand: CountedDemand, now: number): WindowObstacle | undefined;
  /** Reserves one request and the demand's tokens. */
  reserve(limits: Limits, demand: CountedDemand, sent: Sent): CountedAttempt;
  /** Records the provider's reply to an attempt: the request is counted. Does nothing once the attempt is over. */
  replied(attempt: CountedAttempt, observed: readonly Observation[], now: number): void;
  /** Records that the attempt sends its request once more, which counts as another one. */
  again(attempt: CountedAttempt, now: number): void;
  /** Replaces the reservation by the tokens that the attempt took; undefined keeps what was reserved. Returns false when it was over before. */
  settle(attempt: CountedAttempt, tokens: number | undefined, now: number): boolean;
  /** Gives the reservation back: nothing was sent. Returns false when the attempt was over before. */
  release(attempt: CountedAttempt): boolean;
  running(): number;
}

/** How a counter counts. */
export interface CounterRules extends Pick<Counted, 'rules'> {
  /** Whether a provider counts too, whose replies correct the windows. What a correction needs is noted for each attempt. */
  readonly corrected: boolean;
  /** Records what is counted. */
  readonly journal: Journal;
}

/** Returns a counter that counts by these rules. */
export function createCounter(rules: CounterRules): Counter {
  return new AttemptCounter(createCounterWindows(rules), rules);
}

const NO_MARKS: Marks = Object.freeze({});

interface NewAttempt {
  readonly order: number;
  /** As they were configured when it was sent. */
  readonly limits: Limits;
  readonly tokens: number;
  /** When it counts as over though it was never settled, milliseconds since the epoch. */
  readonly leasedUntil: number;
  readonly marks: Marks;
}

class RunningAttempt implements CountedAttempt {
  readonly order: number;
  readonly tokens: number;
  readonly limits: Limits;
  readonly leasedUntil: number;
  readonly marks: Marks;
  /** Its place among those that run; undefined once it is over. */
  running: Disposable | undefined;
  /** What is reserved for it and not counted by the window yet. */
  requestsPerMinute = 1;
  tokensPerMinute: number;
  requestsPerDay = 1;
  tokensPerDay: number;

  constructor({ order, limits, tokens, leasedUntil, marks }: NewAttempt) {
    this.order = order;
    this.tokens = tokens;
    this.limits = limits;
    this.leasedUntil = leasedUntil;
    this.marks = marks;
    this.tokensPerMinute = tokens;
    this.tokensPerDay = tokens;
  }
}

class AttemptCounter implements Counter {
  readonly windows: CounterWindows;
  readonly #corrected: boolean;
  readonly #journal: Journal;
  readonly #running = createLinkedSet<RunningAttempt>();
  /** No lease ends before then: a look at each of thousands of attempts would cost every request. */
  #nextExpiry = Infinity;

  constructor(windows: CounterWindows, { corrected, journal }: CounterRules) {
    this.windows = windows;
    this.#corrected = corrected;
    this.#journal = journal;
  }

  expire(now: number): readonly number[] {
    if (now < this.#nextExpiry) return NONE;
    const expired = this.#running.list().filter(({ leasedUntil }) => leasedUntil <= now);
    for (const attempt of expired) this.settle(attempt, undefined, attempt.leasedUntil);
    this.#nextExpiry = Infinity;
    for (const { leasedUntil } of this.#running.list()) this.#nextExpiry = Math.min(this.#nextExpiry, leasedUntil);
    return expired.map(({ order }) => order);
  }

  obstacle(limits: Limits, demand: CountedDemand, now: number): WindowObstacle | undefined {
    const { concurrency } = limits;
    const found = this.windows.obstacle(limits, demand, now);
    if (concurrency === undefined || this.#running.size < concurrency || found?.kind === 'too_large') return found;
    // A running attempt may end at any moment, a window resets at its time at the earliest.
    return found?.retryAt === undefined ? { kind: 'limited', window: 'concurrency', retryAt: undefined } : found;
  }

  reserve(limits: Limits, { tokens, lease }: CountedDemand, { order, now }: Sent): CountedAttempt {
    const marks = this.#corrected ? this.#mark(limits, now) : NO_MARKS;
    for (const name of WINDOW_NAMES) {
      // Only a window that exists counts what is spent.
      if (!this.#corrected && limits[name] !== undefined) this.windows.open(name);
      this.windows.reserve(name, countsTokens(name) ? tokens : 1);
    }
    const leasedUntil = now + lease;
    this.#nextExpiry = Math.min(this.#nextExpiry, leasedUntil);
    const attempt = new RunningAttempt({ order, limits, tokens, leasedUntil, marks });
    attempt.running = this.#running.add(attempt);
    return attempt;
  }

  replied(attempt: RunningAttempt, observed: readonly Observation[], now: number): void {
    if (attempt.running === undefined) return;
    for (const each of observed) {
      // Where the reply does not report the tokens, they are counted once their number is known.
      const amount =
        countsTokens(each.window) && each.remaining === undefined ? 0 : this.#unreserve(attempt, each.window);
      const window = this.windows.open(each.window);
      window.observe(each, { mark: attempt.marks[each.window], amount }, now);
      this.#journal.observed(attempt, each, { amount, until: window.endsAt(now) });
    }
    this.#countRequest(attempt, now);
  }

  again(attempt: RunningAttempt, now: number): void {
    if (attempt.running === undefined) return;
    this.#countRequest(attempt, now);
    for (const name of WINDOWS_OF.requests) {
      attempt[name]++;
      this.windows.reserve(name, 1);
    }
  }

  settle(attempt: RunningAttempt, tokens: number | undefined, now: number): boolean {
    if (attempt.running === undefined) return false;
    const taken = tokens ?? attempt.tokens;
    this.#countRequest(attempt, now);
    for (const name of WINDOWS_OF.tokens) {
      // Where the provider has counted the reserved tokens already, only what exceeds them is added.
      const counted = attempt.tokens - this.#unreserve(attempt, name);
      this.#spend(attempt, { name, amount: taken - counted }, now);
    }
    this.#end(attempt);
    return true;
  }

  release(attempt: RunningAttempt): boolean {
    if (attempt.running === undefined) return false;
    for (const name of WINDOW_NAMES) this.#unreserve(attempt, name);
    this.#end(attempt);
    return true;
  }

  running(): number {
    return this.#running.size;
  }

  #mark(limits: Limits, now: number): Marks {
    const marks: Partial<Record<WindowName, Mark>> = {};
    for (const name of WINDOW_NAMES) {
      const window = limits[name] === undefined ? this.windows.get(name) : this.windows.open(name);
      if (window !== undefined) marks[name] = window.mark(now);
    }
    return marks;
  }

  /** Gives back what is reserved of a window for the attempt, and returns how much it was. */
  #unreserve(attempt: RunningAttempt, name: WindowName): number {
    const amount = attempt[name];
    attempt[name] = 0;
    this.windows.reserve(name, -amount);
    return amount;
  }

  #countRequest(attempt: RunningAttempt, now: number): void {
    for (const name of WINDOWS_OF.requests) {
      const amount = this.#unreserve(attempt, name);
      this.#spend(attempt, { name, amount }, now);
    }
  }

  #spend(
    { limits }: RunningAttempt,
    { name, amount }: { readonly name: WindowName; readonly amount: number },
    now: number,
  ): void {
    const window = this.windows.get(name);
    if (window === undefined || amount <= 0) return;
    const terms = { until: window.endsAt(now), limit: this.windows.limitOf(name, limits) };
    window.spend(amount, terms, now);
    this.#journal.spent(name, amount, terms);
  }

  #end(attempt: RunningAttempt): void {
    attempt.running?.[Symbol.dispose]();
    attempt.running = undefined;
    if (this.#running.size === 0) this.windows.clearReserved();
    this.#journal.freed();
  }
}

const NONE: readonly number[] = Object.freeze([]);
