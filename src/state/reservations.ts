import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import { type Breaker, createBreaker, type OpenBreaker } from './breaker.ts';
import type { Cooldowns } from './cooldowns.ts';
import type { Marks } from './counted-attempt.ts';
import type { Counters } from './counters.ts';
import { createHold } from './hold.ts';
import type { Candidate, CounterStatus, Hold, LimitReads, Obstacle, Take, TakeOptions } from './limit-state.ts';

/** Breakers kept at most: models named by clients must not fill the memory. */
const MOST_BREAKERS = 10_000;

/** Decides whether a candidate may be sent, and reserves what it takes. Owns the circuit breakers, one for each server and model. Times in milliseconds since the epoch. */
export interface Reservations extends Pick<LimitReads, 'look'> {
  take(candidates: readonly Candidate[], options?: TakeOptions): Take;
  /** What stands against a target whatever its limits: a cooldown or an open breaker. */
  healthOf(target: Target, now: number, options?: TakeOptions): Obstacle | undefined;
  /** Whether anything limits a target: its configuration, or what replies have reported. */
  isLimited(target: Target, now: number): boolean;
  /** Reserves what a candidate takes without a look at what stands against it. `marks`: those of a ledger that others share. */
  book(candidate: Candidate, marks?: Marks): Hold;
  /** Settles the attempts at a target whose lease has ended; a probe among them frees its breaker for the next. */
  expire(target: Target, now: number): void;
  breakerStatus(target: Pick<Target, 'server'>, now: number): CounterStatus['breaker'];
  /** Takes over that another process has opened the breaker of a server, or closed it. */
  adoptBreaker(server: string, opened: OpenBreaker | undefined): void;
}

/** What reservations follow from. */
export interface ReservationParts {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly cooldowns: Cooldowns;
  /** Called with a `counterKey` after every change. */
  readonly changed: (key: string) => void;
  /** Called when the breaker of a server opens, or closes. */
  readonly breakerChanged?: ((server: string, opened: OpenBreaker | undefined) => void) | undefined;
}

/** Returns reservations of which none is made yet; every breaker is closed. */
export function createReservations(parts: ReservationParts): Reservations {
  const { clock, counters, cooldowns, changed, breakerChanged } = parts;
  const breakers = new Map<string, Breaker>();
  let orders = 0;

  function expire(target: Target, now: number): void {
    const expired = counters.expire(target, now);
    if (expired.length === 0) return;
    for (const order of expired) breakers.get(target.server)?.record(order, 'neither', now);
    changed(target.counterKey);
  }

  function healthOf(target: Target, now: number, options?: TakeOptions): Obstacle | undefined {
    const cooldown = cooldowns.find(cooldownKeysOf(target), now);
    if (cooldown !== undefined) return { kind: 'cooling_down', ...cooldown };
    expire(target, now);
    const broken = options?.ignoreBreaker === true ? undefined : breakers.get(target.server)?.obstacle(now);
    return broken && { kind: 'breaker_open', ...broken };
  }

  function obstacleOf(candidate: Candidate, now: number, options?: TakeOptions): Obstacle | undefined {
    const { target } = candidate;
    const unhealthy = healthOf(target, now, options);
    if (unhealthy !== undefined) return unhealthy;
    if (!counters.has(target) && Object.keys(target.limits).length === 0) return undefined;
    return counters.read(target, now).obstacle(target.limits, candidate, now);
  }

  function breakerOf(server: string): Breaker {
    const breaker =
      breakers.get(server) ?? createBreaker(breakerChanged && ((opened) => breakerChanged(server, opened)));
    putBounded(breakers, [server, breaker], MOST_BREAKERS);
    return breaker;
  }

  function book(candidate: Candidate, marks?: Marks): Hold {
    const { target } = candidate;
    const order = ++orders;
    const now = clock.now();
    const counter = counters.open(target, now);
    counters.touch(target, counter);
    const attempt = counter.reserve(target.limits, candidate, { order, now });
    if (marks !== undefined) attempt.sharedMarks = marks;
    const breaker = breakerOf(target.server);
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
        if (obstacle === undefined) return { index, hold: book(candidate), obstacles };
        obstacles.push(obstacle);
      }
      return { index: undefined, hold: undefined, obstacles };
    },
    look: (candidate) => obstacleOf(candidate, clock.now()),
    healthOf,
    isLimited(target, now) {
      if (Object.keys(target.limits).length > 0) return true;
      return counters.has(target) && counters.read(target, now).windows.isKnown();
    },
    book,
    expire,
    breakerStatus: ({ server }, now) => breakers.get(server)?.status(now) ?? { state: 'closed', retryAt: undefined },
    adoptBreaker: (server, opened) => breakerOf(server).adopt(opened),
  };
}

/** The keys whose cooldowns cover a target: its account, its counter, and its model. */
export function cooldownKeysOf({ account, counterKey, modelKey }: Target): readonly string[] {
  return [account, counterKey, modelKey];
}
