import { putNewest } from '../lib/bounded-map.ts';
import { type Counter, type CounterRules, createCounter } from './counter.ts';
import { type Journal, NO_JOURNAL } from './journal.ts';
import type { Counted, Lasting } from './limit-state.ts';

/** The counters of targets, or of keys and tenants, by `counterKey`. Bounded: of the counters without a running attempt the one used longest ago is dropped first. */
export interface Counters {
  /** Returns the target's counter, which is created if there is none. `now`: milliseconds since the epoch. */
  open(target: Counted, now: number): Counter;
  /** Returns the target's counter, or an empty one that is not kept: reading must not drop other counters. */
  read(target: Counted, now: number): Counter;
  /** Whether anything is counted for the target. */
  has(target: Counted): boolean;
  /** Marks the target's counter as used just now. */
  touch(target: Counted, counter: Counter): void;
  /** Settles the attempts at the target whose lease has ended, and returns their numbers. */
  expire(target: Counted, now: number): readonly number[];
  /** Forgets the limits that providers reported; returns the keys of the counters that had some. */
  forgetLimits(): readonly string[];
  /** What is used of all daily windows, in parts by expiry. */
  usedDays(now: number): Lasting['windows'];
  /** Takes over what an earlier process counted; what has expired is ignored. */
  restore(windows: Lasting['windows'], now: number): void;
}

type UsedDay = Lasting['windows'][number];

/** What counters count, and how many are kept. */
export interface CountersOptions extends Pick<CounterRules, 'corrected'> {
  readonly most: number;
  /** Makes the journal of a counter; none without it. */
  readonly journalOf?: ((counted: Counted, counter: () => Counter) => Journal) | undefined;
}

/** Returns counters of which none is known yet, kept in memory. */
export function createCounters(options: CountersOptions): Counters {
  return new BoundedCounters(options);
}

class BoundedCounters implements Counters {
  readonly #options: CountersOptions;
  readonly #counters = new Map<string, Counter>();
  /** What an earlier process counted, until the first target of its key shows by which rules its provider counts. */
  readonly #restored = new Map<string, UsedDay[]>();

  constructor(options: CountersOptions) {
    this.#options = options;
  }

  open(target: Counted, now: number): Counter {
    const key = target.counterKey;
    const present = this.#counters.get(key);
    if (present !== undefined) return present;
    const created = this.#create(target);
    for (const row of this.#restored.get(key) ?? []) if (row.until > now) created.windows.restore(row);
    this.#restored.delete(key);
    this.#counters.set(key, created);
    if (this.#counters.size > this.#options.most) this.#dropOldest(now);
    return created;
  }

  read(target: Counted, now: number): Counter {
    const present = this.#counters.get(target.counterKey);
    if (present !== undefined) return present;
    return this.#restored.has(target.counterKey) ? this.open(target, now) : this.#create(target);
  }

  has({ counterKey }: Counted): boolean {
    return this.#counters.has(counterKey) || this.#restored.has(counterKey);
  }

  touch({ counterKey }: Counted, counter: Counter): void {
    putNewest(this.#counters, [counterKey, counter], this.#options.most);
  }

  expire({ counterKey }: Counted, now: number): readonly number[] {
    return this.#counters.get(counterKey)?.expire(now) ?? NONE;
  }

  forgetLimits(): readonly string[] {
    return [...this.#counters].flatMap(([key, counter]) => (counter.windows.forgetLimits() ? [key] : []));
  }

  usedDays(now: number): Lasting['windows'] {
    const counted = [...this.#counters].flatMap(([key, { windows }]) =>
      windows.usedDays(now).map((used) => ({ key, ...used })),
    );
    const waiting = [...this.#restored.values()].flatMap((rows) => rows.filter(({ until }) => until > now));
    return [...counted, ...waiting];
  }

  restore(windows: Lasting['windows'], now: number): void {
    for (const row of windows) {
      if (row.until <= now) continue;
      const present = this.#counters.get(row.key);
      if (present !== undefined) present.windows.restore(row);
      else this.#restored.set(row.key, [...(this.#restored.get(row.key) ?? []), row]);
    }
  }

  #create(counted: Counted): Counter {
    const { corrected, journalOf } = this.#options;
    const journal = journalOf?.(counted, () => created) ?? NO_JOURNAL;
    const created = createCounter({ rules: counted.rules, corrected, journal });
    return created;
  }

  #dropOldest(now: number): void {
    for (const [key, counter] of this.#counters) {
      counter.expire(now);
      if (counter.running() > 0) continue;
      this.#counters.delete(key);
      return;
    }
  }
}

const NONE: readonly number[] = Object.freeze([]);
