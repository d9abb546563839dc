import type { UsedDay } from '../counter-windows.ts';
import type { Lasting } from '../limit-state.ts';
import type { KeyReport, SharedTake, SharedTaken, SyncReply, SyncRequest } from './counts.ts';
import { createSharedCounter, type SharedCounter } from './shared-counter.ts';

/** What several processes count of one account. */
export interface AccountCounts {
  /** Applies a process's changes and then its takes. Changes of a number that was applied before are not applied again. `now`: milliseconds since the epoch. */
  sync(request: SyncRequest, now: number): SyncReply;
  /** A process is gone: what it has booked is spent. */
  leave(process: string, now: number): void;
  /** Whether nothing of it is booked or used. */
  isIdle(now: number): boolean;
  /** What is used of its daily windows, in parts by expiry. */
  usedDays(now: number): Lasting['windows'];
}

/** Returns the counts of an account of which nothing is used. `restored` returns what an earlier ledger counted of a counter, once. */
export function createAccountCounts(restored: (key: string) => readonly UsedDay[] = () => []): AccountCounts {
  return new Counts(restored);
}

type Refused = Extract<SharedTaken, { kind: 'refused' }>;

class Counts implements AccountCounts {
  readonly #counters = new Map<string, SharedCounter>();
  /** The newest request of each process whose changes were applied. */
  readonly #applied = new Map<string, number>();
  readonly #restored: (key: string) => readonly UsedDay[];

  constructor(restored: (key: string) => readonly UsedDay[]) {
    this.#restored = restored;
  }

  sync(request: SyncRequest, now: number): SyncReply {
    const { process, number, keys, takes, lease } = request;
    const applied = this.#applied.get(process) ?? -1;
    const isNew = number > applied;
    this.#applied.set(process, Math.max(number, applied));
    const counters = keys.map((report) => {
      const counter = this.#counterOf(report);
      counter.report(process, report, { leasedUntil: now + lease, now });
      if (isNew) for (const change of report.changes) counter.change(change, now);
      return counter;
    });
    const taken = takes.map((take) => this.#take({ request, counters }, take, now));
    return { now, keys: counters.map((counter) => counter.status(process, now)), takes: taken };
  }

  leave(process: string, now: number): void {
    for (const counter of this.#counters.values()) counter.leave(process, now);
    this.#applied.delete(process);
  }

  usedDays(now: number): Lasting['windows'] {
    return [...this.#counters].flatMap(([key, counter]) => counter.usedDays(now).map((used) => ({ key, ...used })));
  }

  isIdle(now: number): boolean {
    return [...this.#counters.values()].every((counter) => counter.isIdle(now));
  }

  #counterOf({ key, rules }: KeyReport): SharedCounter {
    const present = this.#counters.get(key);
    if (present !== undefined) return present;
    const created = createSharedCounter(rules);
    for (const used of this.#restored(key)) created.restore(used);
    this.#counters.set(key, created);
    return created;
  }

  /** Takes all parts, or none where one has an obstacle: the one that lasts longest, `too_large` before all others. */
  #take({ request, counters }: Reported, { parts }: SharedTake, now: number): SharedTaken {
    let longest: Refused | undefined;
    for (const [part, demand] of parts.entries()) {
      const limits = request.keys[demand.key]?.limits ?? {};
      const obstacle = counters[demand.key]?.obstacle(limits, demand, now);
      if (obstacle === undefined) continue;
      if (obstacle.kind === 'too_large') return { kind: 'refused', part, obstacle };
      if (longest === undefined || retryAtOf(longest) < (obstacle.retryAt ?? 0))
        longest = { kind: 'refused', part, obstacle };
    }
    if (longest !== undefined) return longest;
    for (const demand of parts) counters[demand.key]?.book(request.process, demand);
    return { kind: 'taken' };
  }
}

interface Reported {
  readonly request: SyncRequest;
  readonly counters: readonly SharedCounter[];
}

function retryAtOf({ obstacle }: Refused): number {
  return obstacle.kind === 'limited' ? (obstacle.retryAt ?? 0) : Infinity;
}
