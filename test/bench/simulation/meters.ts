import type { WindowName } from '../../../src/domain/limits.ts';

/** How a vendor counts one window; exact, and independent of how the gateway does. */
export interface Meter {
  readonly window: WindowName;
  readonly limit: number;
  /** How long a window is, in milliseconds. */
  readonly span: number;
  /** What is left; below zero where an answer was longer than there was room. */
  left(now: number): number;
  /** Takes, or gives back where the amount is negative. */
  take(amount: number, now: number): void;
  /** Milliseconds until `amount` is there. */
  wait(amount: number, now: number): number;
  /** Milliseconds until all of it is there again. */
  reset(now: number): number;
  /** Who is refused now is in a period that ends then: the count's own end, or a span later where it has none. */
  periodEnd(now: number): number;
}

/** Whether it counts tokens and not requests. */
export function isTokens({ window }: Pick<Meter, 'window'>): boolean {
  return window === 'tokensPerMinute' || window === 'tokensPerDay';
}

type Given = Pick<Meter, 'window' | 'limit' | 'span'>;

/** A bucket of tokens: full at first, it refills evenly, in one span from nothing to all. */
export function bucket(given: Given): Meter {
  const { limit, span } = given;
  let level = limit;
  let at = -Infinity;

  function left(now: number): number {
    level = Math.min(limit, level + (limit * (now - at)) / span);
    at = now;
    return level;
  }

  return {
    ...given,
    left,
    take(amount, now) {
      level = Math.min(limit, left(now) - amount);
    },
    wait: (amount, now) => Math.max(0, ((amount - left(now)) * span) / limit),
    reset: (now) => ((limit - left(now)) * span) / limit,
    periodEnd: (now) => now + span,
  };
}

/** A count that begins anew at the ends that `endOf` tells. */
export function stepped(given: Given, endOf: (now: number) => number): Meter {
  const { limit } = given;
  let used = 0;
  let end = -Infinity;

  function left(now: number): number {
    if (now >= end) {
      used = 0;
      end = endOf(now);
    }
    return limit - used;
  }

  return {
    ...given,
    left,
    take(amount, now) {
      // What was taken from an earlier count cannot be given back to this one.
      used = Math.max(0, limit - left(now) + amount);
    },
    wait: (amount, now) => (left(now) >= amount ? 0 : end - now),
    reset(now) {
      left(now);
      return end - now;
    },
    periodEnd: endOf,
  };
}

/** A count of the last span, to the millisecond. */
export function sliding(given: Given): Meter {
  const { limit, span } = given;
  let taken: { readonly at: number; readonly amount: number }[] = [];

  function left(now: number): number {
    taken = taken.filter(({ at }) => at > now - span);
    return taken.reduce((rest, { amount }) => rest - amount, limit);
  }

  return {
    ...given,
    left,
    take(amount, now) {
      if (amount !== 0) taken.push({ at: now, amount });
    },
    wait(amount, now) {
      let room = left(now);
      if (room >= amount) return 0;
      const last = taken.find((each) => (room += each.amount) >= amount);
      return (last?.at ?? now) + span - now;
    },
    reset: (now) => (taken.at(-1)?.at ?? now - span) + span - now,
    periodEnd: (now) => now + span,
  };
}
