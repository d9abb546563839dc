import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import type { Cooldowns } from './cooldowns.ts';
import type { Counters } from './counters.ts';
import { createHold } from './hold.ts';
import type { Candidate, CounterStatus, Hold, LimitState, Obstacle, TakeOptions } from './limit-state.ts';

/** Breakers kept at most: models named by clients must not fill the memory. */
const MOST_BREAKERS = 10_000;

/** Decides whether a candidate may be sent, and reserves what it takes. Owns the circuit breakers, one for each server and model. */
export interface Reservations extends Pick<LimitState, 'take' | 'look'> {
  /** Settles the attempts at a target whose lease has ended; a probe among them frees its breaker for the next. */
  expire(target: Target, now: number): void;
  breakerStatus(target: Target, now: number): CounterStatus['breaker'];
}

/** What reservations follow from. */
export interface ReservationParts {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly cooldowns: Cooldowns;
  /** Called with a `counterKey` after every change. */
  readonly changed: (key: string) => void;
}

/** Returns reservations of which none is made yet; every breaker is closed. */
export function createReservations({ clock, counters, cooldowns, changed }: ReservationParts): Reservations {
  const breakers = new Map<string, Breaker>();
  let orders = 0;

  function expire(target: Target, now: number): void {
    const expired = counters.expire(target, now);
    if (expired.length === 0) return;
    for (const order of expired) breakers.get(target.server)?.record(order, 'neither', now);
    changed(target.counterKey);
  }

  function obstacleOf(candidate: Candidate, now: number, options?: TakeOptions): Obstacle | undefined {
    const { target } = candidate;
    const cooldown = cooldowns.find(cooldownKeysOf(target), now);
    if (cooldown !== undefined) return { kind: 'cooling_down', ...cooldown };
    expire(target, now);
    const broken = options?.ignoreBreaker === true ? undefined : breakers.get(target.server)?.obstacle(now);
    if (broken !== undefined) return { kind: 'breaker_open', ...broken };
    if (!counters.has(target) && Object.keys(target.limits).length === 0) return undefined;
    return counters.read(target, now).obstacle(target.limits, candidate, now);
  }

  function reserve(candidate: Candidate): Hold {
    const { target } = candidate;
    const order = ++orders;
    const now = clock.now();
    const counter = counters.open(target, now);
    counters.touch(target, counter);
    const attempt = counter.reserve(target.limits, candidate, { order, now });
    const breaker = breakers.get(target.server) ?? createBreaker();
    putBounded(breakers, [target.server, breaker], MOST_BREAKERS);
    const probe = breaker.start(order, now);
    changed(target.counterKey);
    return createHold({ counter, attempt, breaker, probe, clock, changed: () => changed(target.counterKey) });
  }

  return {
    take(candidates, options) {
      const now = clock.now();
      const obstacles: Obstacle[] = [];
      for (const [index, candidate] of candidates.entries()) {
        const obstacle = obstacleOf(candidate, now, options);
        if (obstacle === undefined) return { index, hold: reserve(candidate), obstacles };
        obstacles.push(obstacle);
      }
      return { index: undefined, hold: undefined, obstacles };
    },
    look: (candidate) => obstacleOf(candidate, clock.now()),
    expire,
    breakerStatus: (target, now) => breakers.get(target.server)?.status(now) ?? { state: 'closed', retryAt: undefined },
  };
}

/** The keys whose cooldowns cover a target: its account, its counter, and its model. */
export function cooldownKeysOf({ account, counterKey, modelKey }: Target): readonly string[] {
  return [account, counterKey, modelKey];
}
