import type { Target } from '../domain/chain.ts';
import type { Clock } from '../lib/clock.ts';
import { putBounded, putNewest } from '../lib/bounded-map.ts';
import { createHold } from './hold.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { createCooldowns } from './cooldowns.ts';
import { type Counter, createCounter } from './counter.ts';
import type { Candidate, Hold, LimitState, Obstacle } from './limit-state.ts';

/** Keys whose windows are kept at most; models named by callers must not fill the memory. */
const MOST_KEYS = 10_000;
/** No cooldown lasts longer: a month. */
const LONGEST_MS = 31 * 24 * 3600_000;
/** A shorter wait is over before another process could be told of it, in milliseconds. */
const LASTING_MS = 60_000;

/** Keeps what is known of limits in this process: exact for it, and gone with it but for what `lasting` tells. */
export function createMemoryState(clock: Clock): LimitState {
  const counters = new Map<string, Counter>();
  const breakers = new Map<string, Breaker>();
  const cooldowns = createCooldowns();
  const listeners = new Set<(key: string) => void>();
  /** Spent days of an earlier process, until it is known how their vendor counts. */
  const restored = new Map<string, LastingWindow[]>();
  let orders = 0;

  function changed(key: string): void {
    for (const listener of listeners) listener(key);
  }

  /** What is known, or what would be: to look at somebody makes nobody known. */
  function knownOrNewCounter(target: Target): Counter {
    return (
      counters.get(target.counterKey) ?? (restored.has(target.counterKey) ? counterOf(target) : createCounter(target))
    );
  }

  function counterOf(target: Target): Counter {
    const key = target.counterKey;
    let found = counters.get(key);
    if (found === undefined) {
      found = createCounter(target);
      const now = clock.now();
      for (const row of restored.get(key) ?? []) if (row.until > now) found.restore(row);
      restored.delete(key);
      counters.set(key, found);
      if (counters.size > MOST_KEYS) dropOldest(now);
    }
    return found;
  }

  function breakerOf(target: Target): Breaker | undefined {
    return breakers.get(target.server);
  }

  /** Ends what is leased no longer, so that a probe that nobody settled holds its breaker no longer either. */
  function expire(target: Target, now: number): void {
    const expired = counters.get(target.counterKey)?.expire(now) ?? [];
    for (const order of expired) breakerOf(target)?.tell(order, 'neither', now);
    if (expired.length > 0) changed(target.counterKey);
  }

  function dropOldest(now: number): void {
    for (const [key, each] of counters) {
      each.expire(now);
      if (each.running() > 0) continue;
      counters.delete(key);
      return;
    }
  }

  function obstacleOf(candidate: Candidate, now: number, despiteBreaker = false): Obstacle | undefined {
    const { target } = candidate;
    const cooldown = cooldowns.find(keysOf(target), now);
    if (cooldown !== undefined) return { kind: 'cooling_down', ...cooldown };
    expire(target, now);
    const broken = despiteBreaker ? undefined : breakerOf(target)?.open(now);
    if (broken !== undefined) return { kind: 'breaker_open', ...broken };
    const unknown = !counters.has(target.counterKey) && !restored.has(target.counterKey);
    if (unknown && Object.keys(target.limits).length === 0) return undefined;
    return knownOrNewCounter(target).obstacle(candidate, now);
  }

  function book(candidate: Candidate): Hold {
    const { target } = candidate;
    const found = counterOf(target);
    const order = ++orders;
    // What was asked last is forgotten last.
    putNewest(counters, [target.counterKey, found], MOST_KEYS);
    found.book(candidate, order, clock.now());
    const breaker = breakerOf(target) ?? createBreaker();
    putBounded(breakers, [target.server, breaker], MOST_KEYS);
    const probe = breaker.ask(order, clock.now());
    changed(target.counterKey);
    return createHold({ counter: found, breaker, order, probe, clock, changed: () => changed(target.counterKey) });
  }

  return {
    take(candidates, despiteBreaker) {
      const now = clock.now();
      const obstacles: Obstacle[] = [];
      for (const [index, candidate] of candidates.entries()) {
        const obstacle = obstacleOf(candidate, now, despiteBreaker);
        if (obstacle === undefined) return { index, hold: book(candidate), obstacles };
        obstacles.push(obstacle);
      }
      return { index: undefined, hold: undefined, obstacles };
    },
    look: (candidate) => obstacleOf(candidate, clock.now()),
    cool(key, cooldown) {
      if (cooldowns.put(key, cooldown)) changed(key);
    },
    forgive(forgets) {
      for (const key of cooldowns.forgive(forgets)) changed(key);
      for (const [key, each] of counters) if (each.forget()) changed(key);
    },
    learn(target, limits) {
      counterOf(target).learn(limits);
      changed(target.counterKey);
    },
    status(target) {
      const now = clock.now();
      expire(target, now);
      const found = knownOrNewCounter(target);
      return {
        windows: found.windows(target.limits, now),
        concurrency: { limit: target.limits.concurrency, running: found.running() },
        cooldown: cooldowns.find(keysOf(target), now),
        breaker: breakerOf(target)?.status(now) ?? { state: 'closed', retryAt: undefined },
      };
    },
    watch(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    lasting() {
      const now = clock.now();
      const windows = [...counters].flatMap(([key, each]) => each.spentDays(now).map((spent) => ({ key, ...spent })));
      const waiting = [...restored].flatMap(([, rows]) => rows.filter(({ until }) => until > now));
      return {
        cooldowns: cooldowns.all(now).filter(({ retryAt }) => retryAt - now > LASTING_MS),
        windows: [...windows, ...waiting],
      };
    },
    restore({ cooldowns: rows, windows }) {
      const now = clock.now();
      for (const { key, ...cooldown } of rows) {
        // The clock may have been set back since.
        const until = Math.min(cooldown.retryAt, now + LONGEST_MS);
        if (until > now) cooldowns.put(key, { ...cooldown, retryAt: until });
      }
      for (const row of windows) {
        if (row.until <= now) continue;
        const present = counters.get(row.key);
        if (present !== undefined) present.restore(row);
        else restored.set(row.key, [...(restored.get(row.key) ?? []), row]);
      }
    },
  };
}

/** All that a cooldown may be about: the account, what is counted together, and the model. */
function keysOf(target: Target): readonly string[] {
  return [target.account, target.counterKey, target.modelKey];
}

type LastingWindow = ReturnType<LimitState['lasting']>['windows'][number];
