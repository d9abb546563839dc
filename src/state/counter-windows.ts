import { isDaily, type Limits, type LimitSource, WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import type { Counted, CountedCandidate, Lasting, Obstacle, WindowStatus } from './limit-state.ts';
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
  limitOf(name: WindowName, configured: Limits): { readonly limit: number; readonly source: LimitSource } | undefined;
  /** Adds to what is reserved of a window; a negative amount gives it back. */
  reserve(name: WindowName, amount: number): void;
  /** Gives all back. Sums of fractions drift, so this is called whenever no attempt runs. */
  clearReserved(): void;
  /** The obstacle that lasts longest, `too_large` before all others; undefined when the candidate fits into every window. */
  obstacle(candidate: CountedCandidate, now: number): WindowObstacle | undefined;
  learn(limits: Limits): void;
  /** Forgets the limits that the provider reported; returns false when there were none. */
  forgetLimits(): boolean;
  status(configured: Limits, now: number): readonly WindowStatus[];
  /** What is used of the daily windows, in parts by expiry. */
  usedDays(now: number): readonly UsedDay[];
  restore(used: UsedDay): void;
}

/** Returns windows that count by the rules of the target's provider. None is known yet. */
export function createCounterWindows({ rules }: Pick<Counted, 'rules'>): CounterWindows {
  return new RuledWindows(rules);
}

/** Whether a window counts tokens rather than requests. */
export function countsTokens(name: WindowName): boolean {
  return name === 'tokensPerMinute' || name === 'tokensPerDay';
}

class RuledWindows implements CounterWindows {
  readonly #rules: Counted['rules'];
  readonly #windows = new Map<WindowName, Window>();
  /** What running attempts have reserved and the windows have not counted yet. */
  readonly #reserved = { requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };

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

  limitOf(name: WindowName, configured: Limits): { limit: number; source: LimitSource } | undefined {
    const reported = this.#windows.get(name)?.confirmedLimit.reported;
    if (reported !== undefined) return reported;
    const limit = configured[name];
    return limit === undefined ? undefined : { limit, source: 'configured' };
  }

  reserve(name: WindowName, amount: number): void {
    this.#reserved[name] += amount;
  }

  clearReserved(): void {
    for (const name of WINDOW_NAMES) this.#reserved[name] = 0;
  }

  obstacle(candidate: CountedCandidate, now: number): WindowObstacle | undefined {
    let latest: Extract<WindowObstacle, { kind: 'limited' }> | undefined;
    for (const name of WINDOW_NAMES) {
      let found = this.#obstacleOf(name, candidate, now);
      if (found !== undefined && this.open(name).confirmedLimit.recordBlocked(now))
        found = this.#obstacleOf(name, candidate, now);
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
      const found = this.limitOf(name, configured);
      if (found === undefined) return [];
      const window = this.open(name);
      const used = window.used(now) + this.#reserved[name];
      return [{ window: name, ...found, used, resetAt: window.resetAt(now) }];
    });
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

  #obstacleOf(window: WindowName, candidate: CountedCandidate, now: number): WindowObstacle | undefined {
    const { target, tokens, minimumTokens = tokens / 2 } = candidate;
    const found = this.limitOf(window, target.limits);
    if (found === undefined && !this.#windows.has(window)) return undefined;
    const { limit } = found ?? { limit: Infinity };
    if ((countsTokens(window) ? minimumTokens : 1) > limit) return { kind: 'too_large', window, limit };
    const amount = countsTokens(window) ? Math.min(tokens, limit) : 1;
    const fitsAt = this.open(window).fitsAt(amount + this.#reserved[window], limit, now);
    if (fitsAt !== undefined && fitsAt <= now) return undefined;
    // A running request counts for the length of the window at least. Running tokens may turn out to be fewer than were reserved.
    const earliest = countsTokens(window) || found === undefined ? undefined : this.open(window).endsAt(now);
    return { kind: 'limited', window, retryAt: fitsAt ?? earliest };
  }
}
