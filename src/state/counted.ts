import type { Target } from '../domain/chain.ts';
import { type Limits, type LimitSource, type Observation, WINDOW_NAMES, type WindowName } from '../domain/limits.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import type { Candidate, Obstacle, Verdict, WindowStatus } from './limit-state.ts';
import { createWindow, type Window } from './window.ts';

const REQUEST_WINDOWS = ['requestsPerMinute', 'requestsPerDay'] as const;
const TOKEN_WINDOWS = ['tokensPerMinute', 'tokensPerDay'] as const;
/** Estimates of tokens are off by a third: a request that is larger than a limit by no more than that may well fit. */
const UNCERTAINTY = 4 / 3;

/** One attempt's share of what is counted, while it runs. */
interface Running {
  readonly tokens: number;
  /** When it is taken for over though nobody said so, milliseconds since the epoch. */
  readonly leasedUntil: number;
  /** The windows that have counted it. */
  readonly countedBy: Set<WindowName>;
}

/** What shares one set of limits: its windows, what runs, and its breaker. */
export interface Counted {
  readonly breaker: Breaker;
  obstacle(candidate: Candidate, now: number): Exclude<Obstacle, { kind: 'cooling_down' | 'breaker_open' }> | undefined;
  book(candidate: Candidate, order: number, now: number): void;
  /** The vendor has answered request number `order`. Does nothing once it is over, as `settle` does. */
  replied(order: number, observed: readonly Observation[], now: number): void;
  /** It is over; false when it was before. */
  settle(order: number, end: { readonly verdict: Verdict; readonly tokens: number | undefined }, now: number): boolean;
  learn(limits: Limits): void;
  windows(configured: Limits, now: number): readonly WindowStatus[];
  /** The daily windows of which something is used. */
  spentDays(now: number): readonly { readonly window: WindowName; readonly used: number; readonly until: number }[];
  restore(window: WindowName, used: number, until: number): void;
  running(now: number): number;
}

/** Makes one that counts as the target's vendor does. */
export function createCounted({ rules }: Pick<Target, 'rules'>): Counted {
  const windows = new Map<WindowName, Window>();
  const held = new Map<number, Running>();
  /** What runs and is not counted by the window yet. */
  const booked = { requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };
  const breaker = createBreaker();

  function windowOf(name: WindowName): Window {
    const present = windows.get(name) ?? createWindow(name, rules);
    windows.set(name, present);
    return present;
  }

  /** The limit that counts: the vendor's word, or else the configuration's. */
  function limitOf(name: WindowName, configured: Limits): { limit: number; source: LimitSource } | undefined {
    const told = windows.get(name)?.told;
    if (told !== undefined) return told;
    const limit = configured[name];
    return limit === undefined ? undefined : { limit, source: 'configured' };
  }

  function expire(now: number): void {
    for (const [order, { leasedUntil }] of held) {
      // Those behind it were taken later; looking at each of thousands would cost every request.
      if (leasedUntil > now) return;
      finish(order, { verdict: 'neither', tokens: undefined }, now);
    }
  }

  /** It stands in the window's own sum from now on; false when it did before. */
  function unbook(mine: Running, name: WindowName): boolean {
    if (mine.countedBy.has(name)) return false;
    mine.countedBy.add(name);
    booked[name] -= isTokens(name) ? mine.tokens : 1;
    return true;
  }

  function countRequest(mine: Running, order: number, now: number): void {
    for (const name of REQUEST_WINDOWS) if (unbook(mine, name)) windows.get(name)?.spend(1, order, now);
  }

  function finish(order: number, end: { verdict: Verdict; tokens: number | undefined }, now: number): boolean {
    const mine = held.get(order);
    if (mine === undefined) return false;
    held.delete(order);
    const taken = end.tokens ?? mine.tokens;
    countRequest(mine, order, now);
    for (const name of TOKEN_WINDOWS) {
      // Where the vendor has counted what was booked, only what is beyond it is ours to add.
      const rest = unbook(mine, name) ? taken : taken - mine.tokens;
      windows.get(name)?.spend(rest, order, now);
    }
    breaker.tell(order, end.verdict, now);
    return true;
  }

  return {
    breaker,
    obstacle({ target, tokens }, now) {
      expire(now);
      const { limits } = target;
      if (limits.concurrency !== undefined && held.size >= limits.concurrency)
        return { kind: 'limited', window: 'concurrency', until: undefined };
      let latest: Extract<Obstacle, { kind: 'limited' }> | undefined;
      for (const window of WINDOW_NAMES) {
        const found = limitOf(window, limits);
        if (found === undefined && !windows.has(window)) continue;
        const { limit } = found ?? { limit: Infinity };
        const amount = isTokens(window) ? tokens : 1;
        if (amount > limit * UNCERTAINTY) return { kind: 'too_large', window, limit };
        const at = windowOf(window).fitsAt(Math.min(amount, limit) + booked[window], limit, now);
        if (at !== undefined && at <= now) continue;
        if (latest === undefined || (at ?? Infinity) > (latest.until ?? Infinity))
          latest = { kind: 'limited', window, until: at };
      }
      return latest;
    },
    book({ target, tokens, lease }, order, now) {
      for (const name of WINDOW_NAMES) if (target.limits[name] !== undefined) windowOf(name);
      for (const name of REQUEST_WINDOWS) booked[name]++;
      for (const name of TOKEN_WINDOWS) booked[name] += tokens;
      held.set(order, { tokens, leasedUntil: now + lease, countedBy: new Set() });
    },
    replied(order, observed, now) {
      const mine = held.get(order);
      if (mine === undefined) return;
      countRequest(mine, order, now);
      for (const each of observed) {
        if (each.remaining !== undefined) unbook(mine, each.window);
        windowOf(each.window).observe(each, order, now);
      }
    },
    settle: finish,
    learn(limits) {
      for (const name of WINDOW_NAMES) {
        const limit = limits[name];
        if (limit !== undefined) windowOf(name).learn(limit);
      }
    },
    windows(configured, now) {
      expire(now);
      return WINDOW_NAMES.flatMap((name) => {
        const found = limitOf(name, configured);
        if (found === undefined) return [];
        const window = windowOf(name);
        return [{ window: name, ...found, used: window.used(now) + booked[name], resetsAt: window.resetsAt(now) }];
      });
    },
    spentDays(now) {
      return [...windows].flatMap(([window, each]) => {
        const [used, until] = [Math.ceil(each.used(now)), each.resetsAt(now)];
        return window.endsWith('PerDay') && used > 0 && until !== undefined ? [{ window, used, until }] : [];
      });
    },
    restore: (name, used, until) => windowOf(name).restore(used, until),
    running(now) {
      expire(now);
      return held.size;
    },
  };
}

function isTokens(name: WindowName): boolean {
  return name === 'tokensPerMinute' || name === 'tokensPerDay';
}
