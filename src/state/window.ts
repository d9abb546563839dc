import type { LimitRules, Observation, WindowName } from '../domain/limits.ts';
import { type ConfirmedLimit, createConfirmedLimit } from './confirmed-limit.ts';
import type { Sum } from './expiring-sums.ts';
import { type Period, periodOf } from './period.ts';
import { createWindowCorrections, type Mark, type SentRequest, type WindowCorrections } from './window-corrections.ts';
import { createWindowUsage, type WindowUsage } from './window-usage.ts';

/**
 * One window of one provider's count: what is used of it, by the local count and by what replies report. Amounts are requests or tokens,
 * times milliseconds since the epoch.
 */
export interface Window {
  /** Its limit, as the provider reported it. */
  readonly confirmedLimit: ConfirmedLimit;
  mark(now: number): Mark;
  /** Counts an amount that the provider has counted by now. */
  spend(amount: number, terms: SpentTerms, now: number): void;
  /** Counts the amount of a request whose reply reports this window, and corrects the count by the report. */
  observe(observation: Observation, sent: SentRequest, now: number): void;
  used(now: number): number;
  /** When all of it is available again; undefined while nothing is used. */
  resetAt(now: number): number | undefined;
  /** The earliest time at which `amount` more fit into `limit`; undefined when the amount exceeds the limit. */
  fitsAt(amount: number, limit: number, now: number): number | undefined;
  /** When an amount that is counted now expires. */
  endsAt(now: number): number;
  /** What counts, in parts by expiry. */
  parts(now: number): readonly Sum[];
  /** Takes over a part that an earlier process counted. */
  restore(part: Sum): void;
}

/** How an amount counts. */
export interface SpentTerms {
  /** When it expires, milliseconds since the epoch; a bucket refills by itself. */
  readonly until: number;
  /** The limit of the window, where one is known: a bucket refills by it. */
  readonly limit: number | undefined;
}

/** Returns an empty window that counts by the provider's rules. */
export function createWindow(name: WindowName, rules: LimitRules): Window {
  return new CorrectedWindow(periodOf(name, rules));
}

class CorrectedWindow implements Window {
  readonly confirmedLimit: ConfirmedLimit;
  readonly #period: Period;
  readonly #usage: WindowUsage;
  readonly #corrections: WindowCorrections;

  constructor(period: Period) {
    this.#period = period;
    this.#usage = createWindowUsage(period);
    this.confirmedLimit = createConfirmedLimit(period.limitLifetime);
    this.#corrections = createWindowCorrections({ period, usage: this.#usage, confirmedLimit: this.confirmedLimit });
  }

  mark(now: number): Mark {
    return this.#corrections.mark(now);
  }

  spend(amount: number, { until, limit }: SpentTerms, now: number): void {
    if (amount <= 0) return;
    this.confirmedLimit.confirm();
    this.#corrections.recordSpent(amount);
    if (this.#period.refills && limit !== undefined && limit > 0) this.#usage.addToBucket(amount, limit, now);
    else this.#usage.add(amount, until);
  }

  observe(observation: Observation, sent: SentRequest, now: number): void {
    this.confirmedLimit.observe(observation.limit);
    const corrected = this.#corrections.apply(observation, sent, now);
    const limit = this.confirmedLimit.reported?.limit;
    if (!corrected) this.spend(sent.amount, { until: sent.until ?? this.#period.endOf(now), limit }, now);
  }

  used(now: number): number {
    return this.#usage.total(now);
  }

  resetAt(now: number): number | undefined {
    const last = Math.max(this.#usage.lastExpiry(), this.#corrections.emptyUntil);
    return last > now ? last : undefined;
  }

  fitsAt(amount: number, limit: number, now: number): number | undefined {
    if (amount > limit) return undefined;
    const start = Math.max(now, this.#corrections.emptyUntil);
    if (start === now && this.#usage.total(now) + amount <= limit) {
      this.confirmedLimit.confirm();
      return now;
    }
    return this.#usage.fitsFrom(start, amount, limit);
  }

  endsAt(now: number): number {
    return this.#period.endOf(now);
  }

  parts(now: number): readonly Sum[] {
    return this.#usage.parts(now);
  }

  restore({ amount, until }: Sum): void {
    this.#usage.add(amount, until);
  }
}
