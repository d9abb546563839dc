import { createExpiringSums, type ExpiringSums, type Sum } from './expiring-sums.ts';
import type { Period } from './period.ts';

/** Amounts that expire within this share of the window form one sum, so that the cost of a window does not depend on its limit. */
const STEPS = 60;

/** The usage of a bucket counts as at most this many times its limit: a bucket is never overdrawn by more than its capacity. */
const MOST_USED = 2;

/** The usage that the provider reported beyond the local count. */
interface Surplus {
  readonly used: number;
  /** When it was set, milliseconds since the epoch; a bucket refills from then on. */
  readonly at: number;
  readonly until: number;
}

/** What a reply reports of a bucket. Times in milliseconds since the epoch. */
export interface ReportedUsage {
  readonly counted: number;
  /** When all of it is available again. */
  readonly until: number;
  /** The usage does not expire before this time. */
  readonly notBefore: number;
  readonly limit: number;
}

/**
 * What is used of one window: the amounts counted locally and the provider's surplus. Amounts are requests or tokens, times milliseconds since
 * the epoch.
 */
export interface WindowUsage {
  total(now: number): number;
  /** Counts an amount until it expires. */
  add(amount: number, until: number): void;
  /** Counts an amount of a bucket, which refills at the pace of its limit. */
  addToBucket(amount: number, limit: number, now: number): void;
  /** Makes `target` the total: what exceeds the local count expires at `until`. */
  correct(target: number, until: number, now: number): void;
  /** Makes `total` the total of a bucket, of which the provider counts `reported.counted` until `reported.until`. */
  correctBucket(total: number, reported: ReportedUsage, now: number): void;
  /** Makes every locally counted amount expire at `time` at the latest. */
  cap(time: number): void;
  /** When the provider's surplus expires; 0 without one. */
  surplusUntil(): number;
  /** When all of it is available again; 0 or in the past while nothing is used. */
  lastExpiry(): number;
  /** The earliest time from `start` on at which `amount` more fit into `limit`. Needs an amount of at most the limit. */
  fitsFrom(start: number, amount: number, limit: number): number;
  /** What counts, in parts by expiry; no two parts expire at the same time. */
  parts(now: number): readonly Sum[];
}

/** Returns the usage of a window of which nothing is used. */
export function createWindowUsage(period: Period): WindowUsage {
  return new PeriodUsage(period);
}

class PeriodUsage implements WindowUsage {
  readonly #period: Period;
  readonly #own: ExpiringSums;
  #surplus: Surplus | undefined;

  constructor(period: Period) {
    this.#period = period;
    this.#own = createExpiringSums(period.span / STEPS);
  }

  total(now: number): number {
    if (this.#surplus !== undefined && this.#surplus.until <= now) this.#surplus = undefined;
    return this.#own.total(now) + this.#surplusAt(now);
  }

  add(amount: number, until: number): void {
    this.#own.add(amount, until);
  }

  addToBucket(amount: number, limit: number, now: number): void {
    const { span } = this.#period;
    // A bucket refills what was taken at its own pace, whether or not the provider reports it.
    const own = this.#own.total(now);
    const before = this.total(now);
    this.#own.drop(Infinity);
    // An answer may take more than was available; what is far beyond the limit was refused.
    const used = Math.min(before, MOST_USED * limit) + amount;
    const start = this.#surplus?.until ?? now;
    const until = Math.min(start + (span * (own + amount)) / limit, now + (span * used) / limit);
    this.#surplus = { used, at: now, until };
  }

  correct(target: number, until: number, now: number): void {
    const own = this.#own.total(now);
    this.#own.drop(own - target);
    this.#surplus = target > own ? { used: target - own, at: now, until } : undefined;
  }

  correctBucket(total: number, { counted, until, notBefore, limit }: ReportedUsage, now: number): void {
    const { span } = this.#period;
    this.#own.drop(Infinity);
    // Usage never exceeds the capacity of a bucket: what is beyond it was refused.
    const used = Math.min(total, Math.max(limit, counted));
    // What the provider has not counted yet refills after what it has.
    const rest = (span * (used - counted)) / limit;
    const last = used > counted ? Math.max(until + rest, now + (span * used) / limit) : until;
    this.#surplus = used > 0 ? { used, at: now, until: Math.max(last, notBefore) } : undefined;
  }

  cap(time: number): void {
    this.#own.cap(time);
  }

  surplusUntil(): number {
    return this.#surplus?.until ?? 0;
  }

  lastExpiry(): number {
    return Math.max(this.#own.last(), this.surplusUntil());
  }

  fitsFrom(start: number, amount: number, limit: number): number {
    const sums = this.#own.after(start);
    let from = start;
    let own = sums.reduce((sum, each) => sum + each.amount, 0);
    for (const each of sums) {
      const at = Math.max(from, this.#surplusFitsAt(limit - amount - own));
      if (own + amount <= limit && at < each.until) return at;
      from = each.until;
      own -= each.amount;
    }
    return Math.max(from, this.#surplusFitsAt(limit - amount));
  }

  parts(now: number): readonly Sum[] {
    const sums = this.#own.after(now);
    const amount = this.#surplusAt(now);
    if (this.#surplus === undefined || amount === 0) return sums;
    const { until } = this.#surplus;
    if (sums.every((sum) => sum.until !== until)) return [...sums, { amount, until }];
    return sums.map((sum) => (sum.until === until ? { amount: sum.amount + amount, until } : sum));
  }

  #surplusAt(time: number): number {
    const surplus = this.#surplus;
    if (surplus === undefined || time >= surplus.until) return 0;
    const { used, at, until } = surplus;
    return this.#period.refills ? (used * (until - time)) / (until - at) : used;
  }

  /** When no more than `room` of the surplus still counts. */
  #surplusFitsAt(room: number): number {
    const surplus = this.#surplus;
    if (surplus === undefined || surplus.used <= room) return 0;
    const { used, at, until } = surplus;
    if (!this.#period.refills) return until;
    return Math.min(until, Math.ceil(until - ((until - at) * room) / used));
  }
}
