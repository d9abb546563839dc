import { type Limits, WINDOW_NAMES, type WindowName } from '../../domain/limits.ts';
import { type CounterWindows, createCounterWindows, type UsedDay, type WindowObstacle } from '../counter-windows.ts';
import type { Counted } from '../limit-state.ts';
import type { Booked, Change, KeyReport, KeyStatus, SharedDemand, SharedWindow } from './counts.ts';

/** A process that has not used a counter for so long does not count as one of its users, in milliseconds. */
export const USER_MS = 600_000;

/** For so long limits that another process has reported stand against those of this one, in milliseconds. */
const CONFLICT_MS = 60_000;

/** One counter of a ledger that several processes use. Times in milliseconds since the epoch, by the ledger's clock. */
export interface SharedCounter {
  /** Takes over what a process reports; its bookings count until `leasedUntil`. */
  report(process: string, report: KeyReport, booked: { readonly leasedUntil: number; readonly now: number }): void;
  /** Applies a change. `now`: when it is applied. */
  change(change: Change, now: number): void;
  /** What stands against a demand now; undefined when it fits. Bookings whose lease is over count as spent. */
  obstacle(limits: Limits, demand: SharedDemand, now: number): WindowObstacle | undefined;
  /** Books a demand for a process that has reported. */
  book(process: string, demand: SharedDemand): void;
  status(process: string, now: number): KeyStatus;
  /** A process is gone: what it has booked is spent, and it is no user any more. */
  leave(process: string, now: number): void;
  /** Whether nothing is booked and nothing is used. */
  isIdle(now: number): boolean;
  /** What is used of the daily windows, in parts by expiry. */
  usedDays(now: number): readonly UsedDay[];
  /** Takes over a part that an earlier ledger counted. */
  restore(used: UsedDay): void;
}

/** Returns a counter of which nothing is used, that counts by a provider's rules. */
export function createSharedCounter(rules: Counted['rules']): SharedCounter {
  return new ProcessCounter(createCounterWindows({ rules }));
}

interface User {
  booked: Booked;
  /** By what limits and until when its spent bookings count, as it reported last. */
  limits: Limits;
  ends: KeyReport['ends'];
  leasedUntil: number;
  usedAt: number;
}

const NOTHING: Booked = Object.freeze({
  running: 0,
  requestsPerMinute: 0,
  tokensPerMinute: 0,
  requestsPerDay: 0,
  tokensPerDay: 0,
});

class ProcessCounter implements SharedCounter {
  readonly #windows: CounterWindows;
  readonly #users = new Map<string, User>();

  constructor(windows: CounterWindows) {
    this.#windows = windows;
  }

  report(
    process: string,
    { booked, limits, ends }: KeyReport,
    { leasedUntil, now }: Parameters<SharedCounter['report']>[2],
  ): void {
    const before = this.#users.get(process);
    this.#users.set(process, { booked, limits, ends, leasedUntil, usedAt: now });
    this.#rebook(before?.booked ?? NOTHING, booked);
    for (const name of WINDOW_NAMES) if (limits[name] !== undefined) this.#windows.open(name);
  }

  change(change: Change, now: number): void {
    switch (change.kind) {
      case 'spent':
        this.#windows.open(change.window).spend(change.amount, change, now);
        return;
      case 'observed': {
        const { observation, amount, mark, until } = change;
        this.#windows.open(observation.window).observe(observation, { mark, amount, until }, now);
        return;
      }
      case 'learned':
        this.#windows.open(change.window).confirmedLimit.learn(change.limit);
        return;
      case 'forget_limits':
        this.#windows.forgetLimits();
        return;
    }
  }

  obstacle(limits: Limits, demand: SharedDemand, now: number): WindowObstacle | undefined {
    const found = this.#obstacle(limits, demand, now);
    // Only where it matters is it worth a look at all leases.
    if (found === undefined || found.kind === 'too_large' || !this.#expire(now)) return found;
    return this.#obstacle(limits, demand, now);
  }

  book(process: string, { tokens }: SharedDemand): void {
    const user = this.#users.get(process);
    if (user === undefined) return;
    const { booked } = user;
    user.booked = {
      running: booked.running + 1,
      requestsPerMinute: booked.requestsPerMinute + 1,
      tokensPerMinute: booked.tokensPerMinute + tokens,
      requestsPerDay: booked.requestsPerDay + 1,
      tokensPerDay: booked.tokensPerDay + tokens,
    };
    this.#rebook(booked, user.booked);
  }

  status(process: string, now: number): KeyStatus {
    this.#expire(now);
    const users = [...this.#users].filter(([, { usedAt }]) => usedAt > now - USER_MS).map(([id]) => id);
    return {
      running: this.#running(),
      processes: users.length,
      place: Math.max(0, users.toSorted().indexOf(process)),
      conflict: this.#isContradicted(process, now),
      windows: WINDOW_NAMES.flatMap((name) => this.#windowOf(name, now)),
    };
  }

  leave(process: string, now: number): void {
    const user = this.#users.get(process);
    if (user === undefined) return;
    this.#spend(user, now);
    this.#users.delete(process);
  }

  usedDays(now: number): readonly UsedDay[] {
    return this.#windows.usedDays(now);
  }

  restore(used: UsedDay): void {
    this.#windows.restore(used);
  }

  isIdle(now: number): boolean {
    return this.#running() === 0 && WINDOW_NAMES.every((name) => (this.#windows.get(name)?.resetAt(now) ?? now) <= now);
  }

  #isContradicted(process: string, now: number): boolean {
    const own = this.#users.get(process)?.limits;
    if (own === undefined) return false;
    return [...this.#users.values()].some(({ limits, usedAt }) => usedAt > now - CONFLICT_MS && !isSame(limits, own));
  }

  #windowOf(name: WindowName, now: number): readonly SharedWindow[] {
    const window = this.#windows.get(name);
    if (window === undefined) return [];
    const reserved = this.#reserved(name);
    const { reported } = window.confirmedLimit;
    const { spent, unobserved, raised, lowered } = window.mark(now);
    const used = window.used(now) + reserved;
    const source = reported?.source ?? 'configured';
    const counters = { spent, unobserved, raised, lowered };
    return [
      { window: name, limit: reported?.limit, source, used, reserved, resetAt: window.resetAt(now), ...counters },
    ];
  }

  #obstacle(limits: Limits, { tokens, minimumTokens }: SharedDemand, now: number): WindowObstacle | undefined {
    const found = this.#windows.obstacle(limits, { tokens, minimumTokens, lease: 0 }, now);
    const { concurrency } = limits;
    if (concurrency === undefined || this.#running() < concurrency || found?.kind === 'too_large') return found;
    // A running request may end at any moment, a window resets at its time at the earliest.
    return found?.retryAt === undefined ? { kind: 'limited', window: 'concurrency', retryAt: undefined } : found;
  }

  #running(): number {
    let running = 0;
    for (const { booked } of this.#users.values()) running += booked.running;
    return running;
  }

  #reserved(name: WindowName): number {
    let reserved = 0;
    for (const { booked } of this.#users.values()) reserved += booked[name];
    return reserved;
  }

  #rebook(before: Booked, after: Booked): void {
    for (const name of WINDOW_NAMES) this.#windows.reserve(name, after[name] - before[name]);
    // Sums of fractions drift.
    if (this.#running() === 0) this.#windows.clearReserved();
  }

  /** What processes that did not renew their lease have booked counts as spent. Returns false where there is none. */
  #expire(now: number): boolean {
    const ended = [...this.#users].filter(([, { booked, leasedUntil }]) => booked !== NOTHING && leasedUntil <= now);
    // Amounts that expire at almost the same time are summed up in the order in which they come: of several processes in that of their ids.
    for (const [, user] of ended.toSorted(([a], [b]) => (a < b ? -1 : 1))) this.#spend(user, now);
    for (const [id, { usedAt, booked }] of this.#users)
      if (usedAt <= now - USER_MS && booked === NOTHING) this.#users.delete(id);
    return ended.length > 0;
  }

  #spend(user: User, now: number): void {
    const { booked, limits, ends } = user;
    user.booked = NOTHING;
    for (const name of WINDOW_NAMES) {
      const window = this.#windows.get(name);
      const until = ends[name];
      if (window === undefined || until === undefined) continue;
      const limit = this.#windows.limitOf(name, limits);
      window.spend(booked[name], { until, limit }, now);
    }
    this.#rebook(booked, NOTHING);
  }
}

function isSame(one: Limits, other: Limits): boolean {
  return one.concurrency === other.concurrency && WINDOW_NAMES.every((name) => one[name] === other[name]);
}
