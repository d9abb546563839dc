import { isDaily, type Limits, WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import type { Counted, CountedDemand, Lasting, Obstacle, WindowStatus, WindowUnit } from './limit-state.ts';
import { createWindow, type Window } from './window.ts';

/** A part of what is used of a daily window, as it outlives the process. */
export type UsedDay = Omit<Lasting['windows'][number], 'key'>;

/** Why a counter does not admit a candidate: a window, or the limit of concurrent requests. */
export type WindowObstacle = Extract<Obstacle, { kind: 'limited' | 'too_large' }>;

/** The windows of one counter, with what running attempts reserve of each. Times in milliseconds since the epoch. */
export interface CounterWindows {
  /** Undefined while neither a limit nor a reply has made the window known. */
  get(name: WindowName): Window | undefined;
  /** Returns the window, which is created if it is not known yet. */
  open(name: WindowName): Window;
  /** The limit that applies: the provider's, or else the configured one. */
  limitOf(name: WindowName, configured: Limits): number | undefined;
  /** Adds to what is reserved of a window; a negative amount gives it back. */
  reserve(name: WindowName, amount: number): void;
  /** What is reserved of a window. */
  reserved(name: WindowName): number;
  /** Whether a limit or a reply has made any window known. */
  isKnown(): boolean;
  /**
   * Lets no more than these amounts be used of the windows, whatever their limits; undefined lifts that. It is for a share of a limit that other processes use
   * too.
   */
  cap(amounts: Caps | undefined): void;
  /** Gives all back. Sums of fractions drift, so this is called whenever no attempt runs. */
  clearReserved(): void;
  /** The obstacle that lasts longest, `too_large` before all others; undefined when the demand fits into every window. */
  obstacle(configured: Limits, demand: CountedDemand, now: number): WindowObstacle | undefined;
  learn(limits: Limits): void;
  /** Forgets the limits that the provider reported; returns false when there were none. */
  forgetLimits(): boolean;
  status(configured: Limits, now: number): readonly WindowStatus[];
  /** Of the windows that count `unit`, the one of which the least is left; undefined where none has a limit. */
  tightest(unit: WindowUnit, configured: Limits, now: number): WindowStatus | undefined;
  /** What is used of the daily windows, in parts by expiry. */
  usedDays(now: number): readonly UsedDay[];
  restore(used: UsedDay): void;
}

/** How much may be used of each window at most. */
export type Caps = Readonly<Partial<Record<WindowName, number>>>;

/** Returns windows that count by the rules of the target's provider. None is known yet. */
export function createCounterWindows({ rules }: Pick<Counted, 'rules'>): CounterWindows {
  return new RuledWindows(rules);
}

/** The windows by what they count. */
export const WINDOWS_OF = Object.freeze({
  requests: ['requestsPerMinute', 'requestsPerDay'],
  tokens: ['tokensPerMinute', 'tokensPerDay'],
} as const satisfies Record<WindowUnit, readonly WindowName[]>);

/** Whether a window counts tokens rather than requests. */
export function countsTokens(name: WindowName): boolean {
  return name === 'tokensPerMinute' || name === 'tokensPerDay';
}

class RuledWindows implements CounterWindows {
  readonly #rules: Counted['rules'];
  readonly #windows = new Map<WindowName, Window>();
  /** What running attempts have reserved and the windows have not counted yet. */
  readonly #reserved = { requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };

  #caps: Caps | undefined;

  constructor(rules: Counted['rules']) {
    this.#rules = rules;
  }

  get(name: WindowName): Window | undefined {
    return this.#windows.get(name);
  }

  open(name: WindowName): Window {
    const present = this.#windows.get(name);
    if (present !== undefined) return present;
    const created = createWindow(name, this.#rules);
    this.#windows.set(name, created);
    return created;
  }

  limitOf(name: WindowName, configured: Limits): number | undefined {
    return this.#windows.get(name)?.confirmedLimit.reported?.limit ?? configured[name];
  }

  reserve(name: WindowName, amount: number): void {
    this.#reserved[name] += amount;
  }

  reserved(name: WindowName): number {
    return this.#reserved[name];
  }

  isKnown(): boolean {
    return this.#windows.size > 0;
  }

  cap(amounts: Caps | undefined): void {
    this.#caps = amounts;
  }

  clearReserved(): void {
    for (const name of WINDOW_NAMES) this.#reserved[name] = 0;
  }

  obstacle(configured: Limits, demand: CountedDemand, now: number): WindowObstacle | undefined {
    const { tokens, minimumTokens = tokens / 2 } = demand;
    const wanted = { tokens, minimumTokens, now };
    let latest: Extract<WindowObstacle, { kind: 'limited' }> | undefined;
    for (const name of WINDOW_NAMES) {
      const limit = this.limitOf(name, configured);
      if (limit === undefined && !this.#windows.has(name)) continue;
      let found = this.#obstacleOf(name, limit, wanted);
      if (found !== undefined && this.open(name).confirmedLimit.recordBlocked(now))
        found = this.#obstacleOf(name, this.limitOf(name, configured), wanted);
      if (found?.kind === 'too_large') return found;
      // An obstacle without a time may end at any moment; the others end at their times at the earliest.
      if (found !== undefined && (latest === undefined || (found.retryAt ?? 0) > (latest.retryAt ?? 0))) latest = found;
    }
    return latest;
  }

  learn(limits: Limits): void {
    for (const name of WINDOW_NAMES) {
      const limit = limits[name];
      if (limit !== undefined) this.open(name).confirmedLimit.learn(limit);
    }
  }

  forgetLimits(): boolean {
    return [...this.#windows.values()].filter((window) => window.confirmedLimit.forget()).length > 0;
  }

  status(configured: Limits, now: number): readonly WindowStatus[] {
    return WINDOW_NAMES.flatMap((name) => {
      const limit = this.limitOf(name, configured);
      return limit === undefined ? [] : [this.#statusOf(name, limit, now)];
    });
  }

  tightest(unit: WindowUnit, configured: Limits, now: number): WindowStatus | undefined {
    let tightest: WindowName | undefined;
    let least = Infinity;
    for (const name of WINDOWS_OF[unit]) {
      const limit = this.limitOf(name, configured);
      const left = limit === undefined ? Infinity : limit - this.#usedOf(name, now);
      if (left >= least) continue;
      least = left;
      tightest = name;
    }
    return tightest && this.#statusOf(tightest, this.limitOf(tightest, configured) ?? Infinity, now);
  }

  usedDays(now: number): readonly UsedDay[] {
    return WINDOW_NAMES.filter(isDaily).flatMap((name) => {
      const window = this.#windows.get(name);
      const limit = window?.confirmedLimit.reported?.limit;
      return (window?.parts(now) ?? []).map(({ amount, until }) => ({
        window: name,
        used: Math.ceil(amount),
        until,
        limit,
      }));
    });
  }

  restore({ window, used, until, limit }: UsedDay): void {
    this.open(window).restore({ amount: used, until });
    if (limit !== undefined) this.open(window).confirmedLimit.learn(limit);
  }

  #usedOf(name: WindowName, now: number): number {
    return this.open(name).used(now) + this.#reserved[name];
  }

  #statusOf(name: WindowName, limit: number, now: number): WindowStatus {
    const window = this.open(name);
    const source = window.confirmedLimit.reported?.source ?? 'configured';
    const reserved = this.#reserved[name];
    return { window: name, limit, source, used: this.#usedOf(name, now), reserved, resetAt: window.resetAt(now) };
  }

  #obstacleOf(
    window: WindowName,
    known: number | undefined,
    { tokens, minimumTokens, now }: Required<Omit<CountedDemand, 'lease'>> & { readonly now: number },
  ): WindowObstacle | undefined {
    const limit = known ?? Infinity;
    if ((countsTokens(window) ? minimumTokens : 1) > limit) return { kind: 'too_large', window, limit };
    const amount = countsTokens(window) ? Math.min(tokens, limit) : 1;
    const most = Math.min(limit, this.#caps?.[window] ?? Infinity);
    const fitsAt = this.open(window).fitsAt(amount + this.#reserved[window], most, now);
    if (fitsAt !== undefined && fitsAt <= now) return undefined;
    // A running request counts for the length of the window at least. Running tokens may turn out to be fewer than were reserved.
    const earliest = countsTokens(window) || known === undefined ? undefined : this.open(window).endsAt(now);
    return { kind: 'limited', window, retryAt: fitsAt ?? earliest };
  }
}
