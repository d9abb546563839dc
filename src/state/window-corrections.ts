import type { Observation } from '../domain/limits.ts';
import type { ConfirmedLimit } from './confirmed-limit.ts';
import { CLOCK_SKEW_MS, type Period } from './period.ts';
import type { WindowUsage } from './window-usage.ts';

/** How far a window had counted when a request was sent. What its reply reports is true at some time after that. */
export interface Mark {
  /** All amounts ever counted, and how much of them no observation covers. */
  readonly spent: number;
  readonly unobserved: number;
  /** How often an observation has raised the count, and lowered it. */
  readonly raised: number;
  readonly lowered: number;
  /** When the fixed window that was current then is reset, milliseconds since the epoch. */
  readonly end: number;
}

/** A request whose reply reports a window. */
export interface SentRequest {
  /** Taken when the request was sent; undefined if the window did not exist yet. */
  readonly mark: Mark | undefined;
  readonly amount: number;
  /** When an amount that is counted now expires, milliseconds since the epoch; by the window's period unless given. */
  readonly until?: number;
}

/** Corrects a window's count by what replies report. Replies may overtake each other. Times in milliseconds since the epoch. */
export interface WindowCorrections {
  /** Until then the window is empty, though its limit is not known. */
  readonly emptyUntil: number;
  mark(now: number): Mark;
  /** Takes note of an amount that is counted without an observation. */
  recordSpent(amount: number): void;
  /**
   * Counts the amount of a request and corrects the count by its reply. Returns false, and counts nothing, when the reply allows no correction:
   * the limit is not known, the reply does not report what remains, or it reports a window that has ended.
   */
  apply(observation: Observation, sent: SentRequest, now: number): boolean;
}

/** The parts of the window that is corrected. */
export interface CorrectedParts {
  readonly period: Period;
  readonly usage: WindowUsage;
  readonly confirmedLimit: ConfirmedLimit;
}

/** Returns the corrections of a window that no reply has reported yet. */
export function createWindowCorrections(parts: CorrectedParts): WindowCorrections {
  return new Corrections(parts);
}

class Corrections implements WindowCorrections {
  readonly #period: Period;
  readonly #usage: WindowUsage;
  readonly #confirmedLimit: ConfirmedLimit;
  emptyUntil = 0;
  #spent = 0;
  #unobserved = 0;
  #raised = 0;
  #lowered = 0;

  constructor({ period, usage, confirmedLimit }: CorrectedParts) {
    this.#period = period;
    this.#usage = usage;
    this.#confirmedLimit = confirmedLimit;
  }

  mark(now: number): Mark {
    const end = this.#period.endOf(now);
    return { spent: this.#spent, unobserved: this.#unobserved, raised: this.#raised, lowered: this.#lowered, end };
  }

  recordSpent(amount: number): void {
    this.#spent += amount;
    this.#unobserved += amount;
  }

  apply({ remaining, resetAt }: Observation, request: SentRequest, now: number): boolean {
    const { mark, amount, until: end = this.#period.endOf(now) } = request;
    const sent = mark ?? { spent: 0, unobserved: 0, raised: 0, lowered: 0, end };
    const fresh = sent.raised === this.#raised;
    if (remaining !== undefined) this.#observeEmpty(remaining, resetAt, sent);
    const limit = this.#confirmedLimit.reported?.limit;
    const until = this.#untilOf(resetAt, sent, now);
    // What remained of a window does not apply to the next one.
    const ended = until <= now && !this.#period.refills;
    if (limit === undefined || remaining === undefined || ended) return false;
    const before = this.#usage.total(now);
    const counted = until <= now ? 0 : Math.max(0, limit - remaining);
    const since = this.#spent - sent.spent;
    this.#spent += amount;
    this.#usage.add(amount, end);
    // A later reply has already included this request, unless a still later one has lowered the count.
    const included = !fresh && sent.lowered === this.#lowered;
    const expected = included ? before : before + amount;
    // Replies overtake each other: one that was sent before the count was raised may raise it further, and never lowers it.
    const most = fresh ? counted + since : Infinity;
    const target = Math.max(counted + this.#unobserved - sent.unobserved, Math.min(expected, most));
    if (target > expected) this.#raised++;
    if (target < expected) this.#lowered++;
    // Nor does a reply that was overtaken make anything expire earlier.
    const notBefore = fresh ? 0 : this.#usage.surplusUntil();
    if (this.#period.refills) {
      this.#usage.correctBucket(target, { counted, until: Math.max(until, now), notBefore, limit }, now);
    } else {
      this.#usage.correct(target, Math.max(until, notBefore), now);
      if (fresh && since === 0 && resetAt !== undefined) this.#usage.cap(until);
    }
    return true;
  }

  /** An empty window without a known limit is closed until its reset. A window with a limit is corrected by its count instead. */
  #observeEmpty(remaining: number, resetAt: number | undefined, sent: Mark): void {
    if (remaining > 0 || this.#confirmedLimit.reported !== undefined) {
      if (sent.raised === this.#raised) this.emptyUntil = 0;
    } else if (resetAt !== undefined && resetAt > this.emptyUntil) {
      this.emptyUntil = resetAt;
      this.#raised++;
    }
  }

  /** When what the reply reports as used expires. */
  #untilOf(resetAt: number | undefined, sent: Mark, now: number): number {
    if (this.#period.rolling) return resetAt ?? now + this.#period.span;
    return resetAt === undefined ? sent.end : resetAt + CLOCK_SKEW_MS;
  }
}
