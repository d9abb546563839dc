import type { Clock } from '../lib/clock.ts';
import type { OpenBreaker } from './breaker.ts';
import { type Cooldowns, createCooldowns } from './cooldowns.ts';
import { type Counters, createCounters, type CountersOptions } from './counters.ts';
import type { LimitState } from './limit-state.ts';
import { cooldownKeysOf, createReservations, type Reservations } from './reservations.ts';
import { createShares, type Shares } from './shares.ts';

/** The longest that a restored cooldown lasts, in milliseconds: a month. */
export const LONGEST_MS = 31 * 24 * 3600_000;
/** Shorter cooldowns are not worth storing, in milliseconds: they are over before another process could restore them. */
export const LASTING_MS = 60_000;

/** Counters of targets kept at most: models named by clients must not fill the memory. */
const MOST_TARGETS = 10_000;
/** The same of keys and tenants: as many as there can be keys, since a dropped counter would forget what its key has used. */
const MOST_OWNERS = 110_000;
/** How the counter keys of this gateway's keys and tenants begin. */
const OWNERS = /^(?:key|tenant):/;
const isOwners = ({ key }: { readonly key: string }): boolean => OWNERS.test(key);

/** The parts of a state in memory, for states that build on it. */
export interface LocalParts {
  readonly cooldowns: Cooldowns;
  readonly counters: Counters;
  readonly owners: Counters;
  readonly reservations: Reservations;
  readonly shares: Shares;
  /** Calls the watchers. */
  readonly changed: (key: string) => void;
}

/** What a state in memory reports. */
export interface LocalOptions extends Pick<CountersOptions, 'journalOf'> {
  readonly breakerChanged?: ((server: string, opened: OpenBreaker | undefined) => void) | undefined;
}

/** Returns an empty state, exact for this process, and its parts. It ends with the process, except for what `lasting` returns. */
export function createLocalState(
  clock: Clock,
  { journalOf, breakerChanged }: LocalOptions = {},
): { readonly state: LimitState; readonly parts: LocalParts } {
  const cooldowns = createCooldowns();
  const counters = createCounters({ most: MOST_TARGETS, corrected: true, journalOf });
  const owners = createCounters({ most: MOST_OWNERS, corrected: false, journalOf });
  const listeners = new Set<(key: string) => void>();
  const reservations = createReservations({ clock, counters, cooldowns, changed, breakerChanged });
  const shares = createShares({ clock, counters: owners, changed });

  function changed(key: string): void {
    for (const listener of listeners) listener(key);
  }

  const state: LimitState = {
    take: (candidates, options) => reservations.take(candidates, options),
    look: (candidate) => reservations.look(candidate),
    takeAll: (counted, demand) => shares.takeAll(counted, demand),
    standing: (counted) => shares.standing(counted),
    tightest: (counted, unit, now) => shares.tightest(counted, unit, now),
    cool(key, cooldown) {
      if (cooldowns.put(key, cooldown)) changed(key);
    },
    forget(reasons) {
      for (const key of cooldowns.forget(reasons)) changed(key);
      for (const key of counters.forgetLimits()) changed(key);
    },
    learn(target, limits) {
      counters.open(target, clock.now()).windows.learn(limits);
      changed(target.counterKey);
    },
    status(target) {
      const now = clock.now();
      reservations.expire(target, now);
      const counter = counters.read(target, now);
      return {
        windows: counter.windows.status(target.limits, now),
        concurrency: { limit: counter.concurrencyOf(target.limits), running: counter.running() },
        cooldown: cooldowns.find(cooldownKeysOf(target), now),
        breaker: reservations.breakerStatus(target, now),
      };
    },
    watch(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    lasting() {
      const now = clock.now();
      return {
        cooldowns: cooldowns.all(now).filter(({ retryAt }) => retryAt - now > LASTING_MS),
        windows: [...counters.usedDays(now), ...owners.usedDays(now)],
      };
    },
    restore(lasting) {
      const now = clock.now();
      for (const { key, ...cooldown } of lasting.cooldowns) {
        // The clock may have been set back since the cooldown was stored.
        const retryAt = Math.min(cooldown.retryAt, now + LONGEST_MS);
        if (retryAt > now) cooldowns.put(key, { ...cooldown, retryAt });
      }
      counters.restore(
        lasting.windows.filter((row) => !isOwners(row)),
        now,
      );
      owners.restore(lasting.windows.filter(isOwners), now);
    },
  };
  return { state, parts: { cooldowns, counters, owners, reservations, shares, changed } };
}
