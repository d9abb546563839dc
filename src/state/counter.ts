import { type Limits, type Observation, WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import { type CounterWindows, countsTokens, createCounterWindows, type WindowObstacle } from './counter-windows.ts';
import type { Counted, CountedCandidate } from './limit-state.ts';
import type { Mark } from './window-corrections.ts';

const REQUEST_WINDOWS = ['requestsPerMinute', 'requestsPerDay'] as const;
const TOKEN_WINDOWS = ['tokensPerMinute', 'tokensPerDay'] as const;

/** One running attempt and its reservations. */
interface RunningAttempt {
  readonly tokens: number;
  /** As they were configured when it was sent. */
  readonly limits: Limits;
  /** When it counts as over though it was never settled, milliseconds since the epoch. */
  readonly leasedUntil: number;
  /** How far the windows had counted when it was sent. */
  readonly marks: Partial<Record<WindowName, Mark>>;
  /** What is reserved for it and not counted by the window yet. */
  readonly reserved: Record<WindowName, number>;
}

/** Counts the targets that share one set of limits: their windows, and the attempts that run. Times in milliseconds since the epoch. */
export interface Counter {
  readonly windows: CounterWindows;
  /** Settles the attempts whose lease has ended, and returns their numbers. Call it before the other methods are read. */
  expire(now: number): readonly number[];
  /** Undefined when the candidate may be sent now. */
  obstacle(candidate: CountedCandidate, now: number): WindowObstacle | undefined;
  /** Reserves one request and the candidate's tokens for attempt number `order`. */
  reserve(candidate: CountedCandidate, order: number, now: number): void;
  /** Records the provider's reply to attempt number `order`: the request is counted. Does nothing once the attempt is over. */
  replied(order: number, observed: readonly Observation[], now: number): void;
  /** Records that the attempt sends its request once more, which counts as another one. */
  again(order: number, now: number): void;
  /** Replaces the reservation by the tokens that the attempt took; undefined keeps what was reserved. Returns false when it was over before. */
  settle(order: number, tokens: number | undefined, now: number): boolean;
  /** Gives the reservation back: nothing was sent. Returns false when the attempt was over before. */
  release(order: number): boolean;
  running(): number;
}

/** Returns a counter that counts by the rules of the target's provider. */
export function createCounter(target: Pick<Counted, 'rules'>): Counter {
  return new AttemptCounter(createCounterWindows(target));
}

class AttemptCounter implements Counter {
  readonly windows: CounterWindows;
  readonly #running = new Map<number, RunningAttempt>();
  /** No lease ends before then: a look at each of thousands of attempts would cost every request. */
  #nextExpiry = Infinity;

  constructor(windows: CounterWindows) {
    this.windows = windows;
  }

  expire(now: number): readonly number[] {
    if (now < this.#nextExpiry) return NONE;
    const expired = [...this.#running].filter(([, { leasedUntil }]) => leasedUntil <= now);
    for (const [order, { leasedUntil }] of expired) this.settle(order, undefined, leasedUntil);
    this.#nextExpiry = Infinity;
    for (const { leasedUntil } of this.#running.values()) this.#nextExpiry = Math.min(this.#nextExpiry, leasedUntil);
    return expired.map(([order]) => order);
  }

  obstacle(candidate: CountedCandidate, now: number): WindowObstacle | undefined {
    const { concurrency } = candidate.target.limits;
    const found = this.windows.obstacle(candidate, now);
    if (concurrency === undefined || this.#running.size < concurrency || found?.kind === 'too_large') return found;
    // A running attempt may end at any moment, a window resets at its time at the earliest.
    return found?.retryAt === undefined ? { kind: 'limited', window: 'concurrency', retryAt: undefined } : found;
  }

  reserve({ target, tokens, lease }: CountedCandidate, order: number, now: number): void {
    const marks: RunningAttempt['marks'] = {};
    for (const name of WINDOW_NAMES) {
      this.windows.reserve(name, countsTokens(name) ? tokens : 1);
      const window = target.limits[name] === undefined ? this.windows.get(name) : this.windows.open(name);
      if (window !== undefined) marks[name] = window.mark(now);
    }
    const leasedUntil = now + lease;
    this.#nextExpiry = Math.min(this.#nextExpiry, leasedUntil);
    const reserved = { requestsPerMinute: 1, tokensPerMinute: tokens, requestsPerDay: 1, tokensPerDay: tokens };
    this.#running.set(order, { tokens, limits: target.limits, leasedUntil, marks, reserved });
  }

  replied(order: number, observed: readonly Observation[], now: number): void {
    const attempt = this.#running.get(order);
    if (attempt === undefined) return;
    for (const each of observed) {
      // Where the reply does not report the tokens, they are counted once their number is known.
      const amount =
        countsTokens(each.window) && each.remaining === undefined ? 0 : this.#unreserve(attempt, each.window);
      this.windows.open(each.window).observe(each, { mark: attempt.marks[each.window], amount }, now);
    }
    this.#countRequest(attempt, now);
  }

  again(order: number, now: number): void {
    const attempt = this.#running.get(order);
    if (attempt === undefined) return;
    this.#countRequest(attempt, now);
    for (const name of REQUEST_WINDOWS) {
      attempt.reserved[name]++;
      this.windows.reserve(name, 1);
    }
  }

  settle(order: number, tokens: number | undefined, now: number): boolean {
    const attempt = this.#running.get(order);
    if (attempt === undefined) return false;
    const taken = tokens ?? attempt.tokens;
    this.#countRequest(attempt, now);
    for (const name of TOKEN_WINDOWS) {
      // Where the provider has counted the reserved tokens already, only what exceeds them is added.
      const counted = attempt.tokens - this.#unreserve(attempt, name);
      this.windows.get(name)?.spend(taken - counted, now, this.windows.limitOf(name, attempt.limits)?.limit);
    }
    this.#end(order);
    return true;
  }

  release(order: number): boolean {
    const attempt = this.#running.get(order);
    if (attempt === undefined) return false;
    for (const name of WINDOW_NAMES) this.#unreserve(attempt, name);
    this.#end(order);
    return true;
  }

  running(): number {
    return this.#running.size;
  }

  /** Gives back what is reserved of a window for the attempt, and returns how much it was. */
  #unreserve(attempt: RunningAttempt, name: WindowName): number {
    const amount = attempt.reserved[name];
    attempt.reserved[name] = 0;
    this.windows.reserve(name, -amount);
    return amount;
  }

  #countRequest(attempt: RunningAttempt, now: number): void {
    for (const name of REQUEST_WINDOWS) {
      const amount = this.#unreserve(attempt, name);
      this.windows.get(name)?.spend(amount, now, this.windows.limitOf(name, attempt.limits)?.limit);
    }
  }

  #end(order: number): void {
    this.#running.delete(order);
    if (this.#running.size === 0) this.windows.clearReserved();
  }
}

const NONE: readonly number[] = Object.freeze([]);
