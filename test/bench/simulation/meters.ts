import type { WindowName } from '../../../src/domain/limits.ts';

/** How a provider counts one window; exact, and independent of the gateway's own count. */
export interface Meter {
  readonly window: WindowName;
  readonly limit: number;
  /** Length of the window, in milliseconds. */
  readonly span: number;
  /** The free amount; below zero after an answer that was longer than the room for it. */
  free(now: number): number;
  /** Takes an amount, or returns it where it is negative. */
  take(amount: number, now: number): void;
  /** Milliseconds until `amount` is free. */
  wait(amount: number, now: number): number;
  /** Milliseconds until all of it is free. */
  reset(now: number): number;
  /** End of the period that a refusal at `now` belongs to: the end of the count, or a span later where the count has none. */
  periodEnd(now: number): number;
}

/** Whether a meter counts tokens and not requests. */
export function isTokens({ window }: Pick<Meter, 'window'>): boolean {
  return window === 'tokensPerMinute' || window === 'tokensPerDay';
}

type Window = Pick<Meter, 'window' | 'limit' | 'span'>;

/** A token bucket: full at first, it refills evenly, in one span from empty to full. */
export function bucket(given: Window): Meter {
  const { limit, span } = given;
  let level = limit;
  let at = -Infinity;

  function free(now: number): number {
    level = Math.min(limit, level + (limit * (now - at)) / span);
    at = now;
    return level;
  }

  return {
    ...given,
    free,
    take(amount, now) {
      level = Math.min(limit, free(now) - amount);
    },
    wait: (amount, now) => Math.max(0, ((amount - free(now)) * span) / limit),
    reset: (now) => ((limit - free(now)) * span) / limit,
    periodEnd: (now) => now + span,
  };
}

/** A count that restarts at the ends that `endOf` returns. */
export function stepped(given: Window, endOf: (now: number) => number): Meter {
  const { limit } = given;
  let used = 0;
  let end = -Infinity;

  function free(now: number): number {
    if (now >= end) {
      used = 0;
      end = endOf(now);
    }
    return limit - used;
  }

  return {
    ...given,
    free,
    take(amount, now) {
      // An amount that was taken from an earlier count cannot be returned to this one.
      used = Math.max(0, limit - free(now) + amount);
    },
    wait: (amount, now) => (free(now) >= amount ? 0 : end - now),
    reset(now) {
      free(now);
      return end - now;
    },
    periodEnd: endOf,
  };
}

/** A sliding count of the last span, exact to the millisecond. */
export function sliding(given: Window): Meter {
  const { limit, span } = given;
  let taken: { readonly at: number; readonly amount: number }[] = [];

  function free(now: number): number {
    taken = taken.filter(({ at }) => at > now - span);
    return taken.reduce((rest, { amount }) => rest - amount, limit);
  }

  return {
    ...given,
    free,
    take(amount, now) {
      if (amount !== 0) taken.push({ at: now, amount });
    },
    wait(amount, now) {
      let room = free(now);
      if (room >= amount) return 0;
      const last = taken.find((each) => (room += each.amount) >= amount);
      return (last?.at ?? now) + span - now;
    },
    reset: (now) => (taken.at(-1)?.at ?? now - span) + span - now,
    periodEnd: (now) => now + span,
  };
}
