import type { LimitRules, Observation, WindowName } from '../../src/domain/limits.ts';
import { nextMidnight } from '../../src/lib/midnight.ts';

/** How one window of the vendor's counts: the last so many milliseconds, a bucket that fills up, the clock's minute, or the day. */
export type Way = 'sliding' | 'bucket' | 'fixed' | 'UTC' | 'America/Los_Angeles';

export interface VendorWindow {
  readonly name: WindowName;
  readonly way: Way;
  readonly limit: number;
}

/** A vendor who counts exactly, on his own clock, which is behind by so many milliseconds, and refuses what is over. */
export interface Vendor {
  /** A request comes: whether it is served, and what the headers of its reply tell. One that is not served is not counted. */
  ask(tokens: number, now: number): { readonly served: boolean; readonly told: readonly Observation[] };
  /** What would count at `now` if all of it had come `slack` milliseconds later. */
  used(name: WindowName, now: number, slack: number): number;
}

export function rulesOf(windows: readonly VendorWindow[]): Pick<LimitRules, 'minute' | 'day' | 'refills'> {
  const wayOf = (end: string): Way | undefined => windows.find(({ name }) => name.endsWith(end))?.way;
  const day = wayOf('Day');
  return {
    minute: wayOf('Minute') === 'fixed' ? 'fixed' : 'rolling',
    day: day === 'UTC' || day === 'America/Los_Angeles' ? day : 'rolling',
    refills: windows.some(({ way }) => way === 'bucket'),
  };
}

export function createVendor(windows: readonly VendorWindow[], behind = 0): Vendor {
  const counts = windows.map((window) => ({ window, count: createCount(window, behind) }));
  return {
    ask(tokens, now) {
      const amountOf = ({ name }: VendorWindow): number => (name.startsWith('tokens') ? tokens : 1);
      const served = counts.every(({ window, count }) => count.used(now, 0) + amountOf(window) <= window.limit + 1e-6);
      if (served) for (const { window, count } of counts) count.add(amountOf(window), now);
      const told = counts.map(({ window: { name: window, limit }, count }) => ({
        window,
        limit,
        remaining: Math.floor(limit - count.used(now, 0) + 1e-6),
        resetAt: count.resetAt(now),
      }));
      return { served, told };
    },
    used: (name, now, slack) => counts.find(({ window }) => window.name === name)?.count.used(now, slack) ?? 0,
  };
}

interface Count {
  add(amount: number, now: number): void;
  used(now: number, slack: number): number;
  resetAt(now: number): number;
}

function createCount({ name, way, limit }: VendorWindow, behind: number): Count {
  const span = name.endsWith('Day') ? 86_400_000 : 60_000;
  if (way === 'bucket') return createBucket(limit, span);
  const added: { readonly amount: number; readonly at: number }[] = [];
  /** When what comes at `now` ceases to count. */
  function untilOf(now: number): number {
    if (way === 'sliding' || way === 'bucket') return now + span;
    const his = now - behind;
    return (way === 'fixed' ? (Math.floor(his / 60_000) + 1) * 60_000 : nextMidnight(way, his)) + behind;
  }
  return {
    add: (amount, now) => void added.push({ amount, at: now }),
    used: (now, slack) => added.reduce((sum, { amount, at }) => (untilOf(at + slack) > now ? sum + amount : sum), 0),
    resetAt: (now) => added.reduce((last, { at }) => Math.max(last, untilOf(at)), now),
  };
}

function createBucket(limit: number, span: number): Count {
  let level = 0;
  let since = 0;
  const levelAt = (now: number): number => Math.max(0, level - ((now - since) * limit) / span);
  return {
    add(amount, now) {
      level = levelAt(now) + amount;
      since = now;
    },
    used: (now, slack) => levelAt(Math.max(since, now - slack)),
    resetAt: (now) => now + (levelAt(now) * span) / limit,
  };
}
