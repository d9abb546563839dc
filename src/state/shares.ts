import type { Clock } from '../lib/clock.ts';
import type { Counters } from './counters.ts';
import type { CountedCandidate, LimitState, Share, TakeAll } from './limit-state.ts';

/** Takes what requests need of the limits of their keys and tenants. */
export type Shares = Pick<LimitState, 'takeAll' | 'standing'>;

/** What shares follow from. */
export interface ShareParts {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Called with a `counterKey` after every change. */
  readonly changed: (key: string) => void;
}

/** Returns shares of which none is taken yet. */
export function createShares({ clock, counters, changed }: ShareParts): Shares {
  let orders = 0;

  /** Of several obstacles the one that lasts longest: until then no retry helps. */
  function refusalOf(candidates: readonly CountedCandidate[], now: number): TakeAll | undefined {
    let longest: Extract<TakeAll, { kind: 'refused' }> | undefined;
    for (const refused of candidates) {
      counters.expire(refused.target, now);
      const obstacle = counters.read(refused.target, now).obstacle(refused, now);
      if (obstacle === undefined) continue;
      if (obstacle.kind === 'too_large') return { kind: 'refused', refused, obstacle };
      const before = longest?.obstacle.kind === 'limited' ? (longest.obstacle.retryAt ?? 0) : -1;
      if ((obstacle.retryAt ?? 0) > before) longest = { kind: 'refused', refused, obstacle };
    }
    return longest;
  }

  return {
    takeAll(candidates) {
      const now = clock.now();
      const refusal = refusalOf(candidates, now);
      if (refusal !== undefined) return refusal;
      const order = ++orders;
      for (const candidate of candidates) {
        const counter = counters.open(candidate.target, now);
        counters.touch(candidate.target, counter);
        counter.reserve(candidate, order, now);
      }
      return { kind: 'taken', share: shareOf(candidates, order) };
    },
    standing(counted) {
      const now = clock.now();
      counters.expire(counted, now);
      const counter = counters.read(counted, now);
      return {
        windows: counter.windows.status(counted.limits, now),
        concurrency: { limit: counted.limits.concurrency, running: counter.running() },
      };
    },
  };

  function shareOf(candidates: readonly CountedCandidate[], order: number): Share {
    const each = (end: (candidate: CountedCandidate, now: number) => void): void => {
      const now = clock.now();
      for (const candidate of candidates) {
        end(candidate, now);
        changed(candidate.target.counterKey);
      }
    };
    return {
      settle: (tokens) => each(({ target }, now) => void counters.open(target, now).settle(order, tokens, now)),
      release: () => each(({ target }, now) => void counters.open(target, now).release(order)),
    };
  }
}
