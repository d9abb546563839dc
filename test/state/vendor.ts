import type { LimitRules, Observation, WindowName } from '../../src/domain/limits.ts';
import { nextMidnight } from '../../src/lib/midnight.ts';

/** How the provider counts a window: the last minute or day, a bucket that refills, the minute of the clock, or the day of a time zone. */
export type Way = 'sliding' | 'bucket' | 'fixed' | 'UTC' | 'America/Los_Angeles';

export interface ProviderWindow {
  readonly name: WindowName;
  readonly way: Way;
  readonly limit: number;
}

/** A provider that counts exactly and refuses what exceeds a limit. */
export interface SimulatedProvider {
  /** Receives a request; returns whether it is served, and what the headers of its reply report. A request that is not served is not counted. */
  receive(tokens: number, now: number): { readonly served: boolean; readonly observed: readonly Observation[] };
  /** What would count at `now` if every request had arrived `slack` milliseconds later. */
  used(name: WindowName, now: number, slack: number): number;
}

export function rulesOf(windows: readonly ProviderWindow[]): Pick<LimitRules, 'minute' | 'day' | 'refills'> {
  const wayOf = (end: string): Way | undefined => windows.find(({ name }) => name.endsWith(end))?.way;
  const day = wayOf('Day');
  return {
    minute: wayOf('Minute') === 'fixed' ? 'fixed' : 'rolling',
    day: day === 'UTC' || day === 'America/Los_Angeles' ? day : 'rolling',
    refills: windows.some(({ way }) => way === 'bucket'),
  };
}

/** Returns a provider whose clock is behind by `behind` milliseconds. */
export function simulateProvider(windows: readonly ProviderWindow[], behind = 0): SimulatedProvider {
  const counts = windows.map((window) => ({ window, count: createCount(window, behind) }));
  return {
    receive(tokens, now) {
      const amountOf = ({ name }: ProviderWindow): number => (name.startsWith('tokens') ? tokens : 1);
      const served = counts.every(({ window, count }) => count.used(now, 0) + amountOf(window) <= window.limit + 1e-6);
      if (served) for (const { window, count } of counts) count.add(amountOf(window), now);
      const observed = counts.map(({ window: { name: window, limit }, count }) => ({
        window,
        limit,
        remaining: Math.floor(limit - count.used(now, 0) + 1e-6),
        resetAt: count.resetAt(now),
      }));
      return { served, observed };
    },
    used: (name, now, slack) => counts.find(({ window }) => window.name === name)?.count.used(now, slack) ?? 0,
  };
}

interface Count {
  add(amount: number, now: number): void;
  used(now: number, slack: number): number;
  resetAt(now: number): number;
}

function createCount({ name, way, limit }: ProviderWindow, behind: number): Count {
  const span = name.endsWith('Day') ? 86_400_000 : 60_000;
  if (way === 'bucket') return createBucket(limit, span);
  const added: { readonly amount: number; readonly at: number }[] = [];
  /** When an amount that is counted at `now` expires. */
  function expiryOf(now: number): number {
    if (way === 'sliding' || way === 'bucket') return now + span;
    const local = now - behind;
    return (way === 'fixed' ? (Math.floor(local / 60_000) + 1) * 60_000 : nextMidnight(way, local)) + behind;
  }
  return {
    add: (amount, now) => void added.push({ amount, at: now }),
    used: (now, slack) => added.reduce((sum, { amount, at }) => (expiryOf(at + slack) > now ? sum + amount : sum), 0),
    resetAt: (now) => added.reduce((last, { at }) => Math.max(last, expiryOf(at)), now),
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
