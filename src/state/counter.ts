import type { Target } from '../domain/chain.ts';
import {
  isDaily,
  type Limits,
  type LimitSource,
  type Observation,
  WINDOW_NAMES,
  type WindowName,
} from '../domain/limits.ts';
import type { Candidate, Lasting, Obstacle, WindowStatus } from './limit-state.ts';
import { createWindow, type Mark, type Window } from './window.ts';

const REQUEST_WINDOWS = ['requestsPerMinute', 'requestsPerDay'] as const;
const TOKEN_WINDOWS = ['tokensPerMinute', 'tokensPerDay'] as const;

/** One attempt's share of what is counted, while it runs. */
interface Running {
  readonly tokens: number;
  /** As they were configured when it was sent. */
  readonly limits: Limits;
  /** When it is taken for over though nobody said so, milliseconds since the epoch. */
  readonly leasedUntil: number;
  /** How far the windows had counted when it was sent. */
  readonly marks: Partial<Record<WindowName, Mark>>;
  /** What of it is booked and not counted by the window yet. */
  readonly booked: Record<WindowName, number>;
}

/** What shares one set of limits: its windows, and what runs. */
export interface Counter {
  /** Ends what is leased no longer, and answers its numbers. The rest tells of what stands when this has been called. */
  expire(now: number): readonly number[];
  obstacle(candidate: Candidate, now: number): Exclude<Obstacle, { kind: 'cooling_down' | 'breaker_open' }> | undefined;
  book(candidate: Candidate, order: number, now: number): void;
  /** The vendor has answered request number `order`. Does nothing once it is over, as `settle` does. */
  replied(order: number, observed: readonly Observation[], now: number): void;
  /** The same is sent once more, which is another request. */
  again(order: number, now: number): void;
  /** It is over, and took so many tokens; false when it was before. */
  settle(order: number, tokens: number | undefined, now: number): boolean;
  /** It was never sent, so that nothing of it counts; false when it was over before. */
  cancel(order: number): boolean;
  learn(limits: Limits): void;
  /** Forgets the limits that the vendor has told; false where he told none. */
  forget(): boolean;
  windows(configured: Limits, now: number): readonly WindowStatus[];
  /** What is used of the daily windows, in parts by when each comes back. */
  spentDays(now: number): readonly SpentDay[];
  restore(spent: SpentDay): void;
  running(): number;
}

type SpentDay = Omit<Lasting['windows'][number], 'key'>;
type Limited = Extract<Obstacle, { kind: 'limited' }>;
type WindowObstacle = Limited | Extract<Obstacle, { kind: 'too_large' }>;

/** Makes one that counts as the target's vendor does. */
export function createCounter({ rules }: Pick<Target, 'rules'>): Counter {
  const windows = new Map<WindowName, Window>();
  const held = new Map<number, Running>();
  /** What runs and is not counted by the window yet. */
  const booked = { requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };
  /** No lease ends before then; looking at each of thousands would cost every request. */
  let nextExpiry = Infinity;

  function windowOf(name: WindowName): Window {
    const present = windows.get(name) ?? createWindow(name, rules);
    windows.set(name, present);
    return present;
  }

  /** The limit that counts: the vendor's word, or else the configuration's. */
  function limitOf(name: WindowName, configured: Limits): { limit: number; source: LimitSource } | undefined {
    const told = windows.get(name)?.belief.told;
    if (told !== undefined) return told;
    const limit = configured[name];
    return limit === undefined ? undefined : { limit, source: 'configured' };
  }

  /** What stands against it of one window. */
  function obstacleOf(
    window: WindowName,
    { target, tokens, minimumTokens = tokens / 2 }: Candidate,
    now: number,
  ): WindowObstacle | undefined {
    const found = limitOf(window, target.limits);
    if (found === undefined && !windows.has(window)) return undefined;
    const { limit } = found ?? { limit: Infinity };
    if ((isTokens(window) ? minimumTokens : 1) > limit) return { kind: 'too_large', window, limit };
    const amount = isTokens(window) ? Math.min(tokens, limit) : 1;
    const until = windowOf(window).fitsAt(amount + booked[window], limit, now);
    if (until !== undefined && until <= now) return undefined;
    // Of requests that run it is known how long each will count at least; of tokens it may be fewer than were booked.
    const least = isTokens(window) || found === undefined ? undefined : windowOf(window).endsAt(now);
    return { kind: 'limited', window, retryAt: until ?? least };
  }

  /** What was booked of the window for it, and is no longer; 0 when it was not. */
  function unbook(mine: Running, name: WindowName): number {
    const amount = mine.booked[name];
    mine.booked[name] = 0;
    booked[name] -= amount;
    return amount;
  }

  function countRequest(mine: Running, now: number): void {
    for (const name of REQUEST_WINDOWS) {
      const amount = unbook(mine, name);
      windows.get(name)?.spend(amount, now, limitOf(name, mine.limits)?.limit);
    }
  }

  function finish(order: number, tokens: number | undefined, now: number): boolean {
    const mine = held.get(order);
    if (mine === undefined) return false;
    const taken = tokens ?? mine.tokens;
    countRequest(mine, now);
    for (const name of TOKEN_WINDOWS) {
      // Where the vendor has counted what was booked, only what is beyond it is ours to add.
      const counted = mine.tokens - unbook(mine, name);
      windows.get(name)?.spend(taken - counted, now, limitOf(name, mine.limits)?.limit);
    }
    drop(order);
    return true;
  }

  function drop(order: number): void {
    held.delete(order);
    // Sums of fractions drift.
    if (held.size === 0) for (const name of WINDOW_NAMES) booked[name] = 0;
  }

  return {
    expire(now) {
      if (now < nextExpiry) return [];
      const expired = [...held].filter(([, { leasedUntil }]) => leasedUntil <= now);
      for (const [order, { leasedUntil }] of expired) finish(order, undefined, leasedUntil);
      nextExpiry = Infinity;
      for (const { leasedUntil } of held.values()) nextExpiry = Math.min(nextExpiry, leasedUntil);
      return expired.map(([order]) => order);
    },
    obstacle(candidate, now) {
      const { limits } = candidate.target;
      let latest: Limited | undefined;
      if (limits.concurrency !== undefined && held.size >= limits.concurrency)
        latest = { kind: 'limited', window: 'concurrency', retryAt: undefined };
      for (const window of WINDOW_NAMES) {
        let found = obstacleOf(window, candidate, now);
        if (found !== undefined && windowOf(window).belief.refused(now)) found = obstacleOf(window, candidate, now);
        if (found?.kind === 'too_large') return found;
        // What only others' ends can change may change any time, and the rest not before its own.
        if (found !== undefined && (latest === undefined || (found.retryAt ?? 0) > (latest.retryAt ?? 0)))
          latest = found;
      }
      return latest;
    },
    book({ target, tokens, lease }, order, now) {
      const marks: Running['marks'] = {};
      for (const name of WINDOW_NAMES) {
        booked[name] += isTokens(name) ? tokens : 1;
        if (target.limits[name] !== undefined || windows.has(name)) marks[name] = windowOf(name).mark(now);
      }
      const leasedUntil = now + lease;
      nextExpiry = Math.min(nextExpiry, leasedUntil);
      const mine = { requestsPerMinute: 1, tokensPerMinute: tokens, requestsPerDay: 1, tokensPerDay: tokens };
      held.set(order, { tokens, limits: target.limits, leasedUntil, marks, booked: mine });
    },
    replied(order, observed, now) {
      const mine = held.get(order);
      if (mine === undefined) return;
      for (const each of observed) {
        // Tokens that the vendor does not tell of are counted when it is known how many they were.
        const amount = isTokens(each.window) && each.remaining === undefined ? 0 : unbook(mine, each.window);
        windowOf(each.window).observe(each, { mark: mine.marks[each.window], amount }, now);
      }
      countRequest(mine, now);
    },
    again(order, now) {
      const mine = held.get(order);
      if (mine === undefined) return;
      countRequest(mine, now);
      for (const name of REQUEST_WINDOWS) {
        mine.booked[name]++;
        booked[name]++;
      }
    },
    settle: finish,
    cancel(order) {
      const mine = held.get(order);
      if (mine === undefined) return false;
      for (const name of WINDOW_NAMES) unbook(mine, name);
      drop(order);
      return true;
    },
    forget: () => [...windows.values()].filter((window) => window.belief.forget()).length > 0,
    learn(limits) {
      for (const name of WINDOW_NAMES) {
        const limit = limits[name];
        if (limit !== undefined) windowOf(name).belief.learn(limit);
      }
    },
    windows(configured, now) {
      return WINDOW_NAMES.flatMap((name) => {
        const found = limitOf(name, configured);
        if (found === undefined) return [];
        const window = windowOf(name);
        return [{ window: name, ...found, used: window.used(now) + booked[name], resetAt: window.resetAt(now) }];
      });
    },
    spentDays: (now) =>
      WINDOW_NAMES.filter(isDaily).flatMap((window) =>
        (windows.get(window)?.parts(now) ?? []).map(({ amount, until }) => ({
          window,
          used: Math.ceil(amount),
          until,
          limit: windows.get(window)?.belief.told?.limit,
        })),
      ),
    restore({ window, used, until, limit }) {
      windowOf(window).restore({ amount: used, until });
      if (limit !== undefined) windowOf(window).belief.learn(limit);
    },
    running: () => held.size,
  };
}

function isTokens(name: WindowName): boolean {
  return name === 'tokensPerMinute' || name === 'tokensPerDay';
}
