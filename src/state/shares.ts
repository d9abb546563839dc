import type { Clock } from '../lib/clock.ts';
import type { CountedAttempt } from './counted-attempt.ts';
import type { Counter } from './counter.ts';
import type { Counters } from './counters.ts';
import type { Counted, CountedDemand, LimitState, Share, TakeAll, WindowStatus } from './limit-state.ts';

/** Takes what requests need of the limits of their keys and tenants. */
export interface Shares extends Pick<LimitState, 'standing' | 'tightest'> {
  takeAll(counted: readonly Counted[], demand: CountedDemand): TakeAll;
  /** Reserves a demand of all of these without a look at what stands against it. */
  book(counted: readonly Counted[], demand: CountedDemand): Share;
}

/** What shares follow from. */
export interface ShareParts {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Called with a `counterKey` after every change. */
  readonly changed: (key: string) => void;
}

/** Returns shares of which none is taken yet. */
export function createShares(parts: ShareParts): Shares {
  const { clock, counters } = parts;

  /** Of several obstacles the one that lasts longest: until then no retry helps. */
  function refusalOf(all: readonly Counted[], demand: CountedDemand, now: number): TakeAll | undefined {
    let longest: Extract<TakeAll, { kind: 'refused' }> | undefined;
    for (const refused of all) {
      counters.expire(refused, now);
      const obstacle = counters.read(refused, now).obstacle(refused.limits, demand, now);
      if (obstacle === undefined) continue;
      if (obstacle.kind === 'too_large') return { kind: 'refused', refused, obstacle };
      const before = longest?.obstacle.kind === 'limited' ? (longest.obstacle.retryAt ?? 0) : -1;
      if ((obstacle.retryAt ?? 0) > before) longest = { kind: 'refused', refused, obstacle };
    }
    return longest;
  }

  function book(all: readonly Counted[], demand: CountedDemand): Share {
    const now = clock.now();
    const share = new AttemptShare(parts);
    for (const each of all) share.take(each, demand, now);
    return share;
  }

  return {
    takeAll(all, demand) {
      const now = clock.now();
      const refusal = refusalOf(all, demand, now);
      if (refusal !== undefined) return refusal;
      return { kind: 'taken', share: book(all, demand) };
    },
    book,
    standing(counted) {
      const now = clock.now();
      counters.expire(counted, now);
      const counter = counters.read(counted, now);
      return {
        windows: counter.windows.status(counted.limits, now),
        concurrency: { limit: counted.limits.concurrency, running: counter.running() },
      };
    },
    tightest(all, unit, now) {
      let tightest: WindowStatus | undefined;
      for (const each of all) {
        const status = counters.read(each, now).windows.tightest(unit, each.limits, now);
        if (status === undefined) continue;
        if (tightest === undefined || status.limit - status.used < tightest.limit - tightest.used) tightest = status;
      }
      return tightest;
    },
  };
}

/** What one request holds of one set of limits. */
interface Part {
  readonly key: string;
  readonly counter: Counter;
  readonly attempt: CountedAttempt;
}

class AttemptShare implements Share {
  readonly #shared: ShareParts;
  readonly #parts: Part[] = [];

  constructor(shared: ShareParts) {
    this.#shared = shared;
  }

  take(counted: Counted, demand: CountedDemand, now: number): void {
    const { counters } = this.#shared;
    const counter = counters.open(counted, now);
    counters.touch(counted, counter);
    const attempt = counter.reserve(counted.limits, demand, { order: 0, now });
    this.#parts.push({ key: counted.counterKey, counter, attempt });
  }

  settle(tokens: number | undefined): void {
    const now = this.#shared.clock.now();
    for (const { key, counter, attempt } of this.#parts) {
      counter.settle(attempt, tokens, now);
      this.#shared.changed(key);
    }
  }

  release(): void {
    for (const { key, counter, attempt } of this.#parts) {
      counter.release(attempt);
      this.#shared.changed(key);
    }
  }
}
