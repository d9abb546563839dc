import type { OwnedBudget } from '../domain/budget.ts';
import type { Clock } from '../lib/clock.ts';
import { LEASE_MS, type LeasedSpend, type StoredLeases } from '../store/store.ts';
import type { HeldBudget, HoldTools } from './held-budget.ts';

/**
 * Leases what requests need. A lease counts for `LEASE_MS` from the start of the call that took or prolonged it: half of the time after which the store may
 * give it to another process. So a process that is cut off from the store does not spend what others were given meanwhile.
 */
export interface Leases extends AsyncDisposable {
  /**
   * Leases what a request wants, unless it was found just now that nothing is left. Resolves to whether there is more now than before. Rejects where the
   * store fails, or does not answer within half a second.
   */
  acquire(wanted: readonly Pick<HeldBudget, 'owned' | 'wantedNano'>[]): Promise<boolean>;
  /** Notes that a budget is in use, so that its lease is kept. */
  used(owned: OwnedBudget): void;
}

/** A spent budget is asked for again after this time, in milliseconds. */
const EMPTY_MS = 1000;
/** A request waits for the store this long at most, in milliseconds: a server that hangs must not hold requests. */
const LONGEST_WAIT_MS = 500;
/** After that no further request waits for it for so long, in milliseconds. */
const DOWN_MS = 1000;
/** Leases are prolonged in this interval, in milliseconds: a third of how long they last. */
const RENEW_MS = 20_000;
/** A lease that was not used for this long is given back, in milliseconds. */
const IDLE_MS = 30_000;

/** What leases work with. */
export interface LeasesOptions extends Pick<HoldTools, 'ledger'> {
  readonly store: StoredLeases;
  /** Names this process in the store, as its batches do. */
  readonly process: string;
  readonly clock: Clock;
  /** Takes parts of leases that are given back, to be written until the store has them. Must not throw. */
  readonly onGiveBack: (givenBack: readonly LeasedSpend[]) => void;
  /** Resolves once the store has what was given back, or after `withinMs` milliseconds. Never rejects. */
  readonly givenBack: (withinMs: number) => Promise<void>;
}

/** Makes leases, of which none is taken yet. Disposing it, once everything that was spent is written, gives them back. It never rejects. */
export function createLeases(options: LeasesOptions): Leases {
  return new ProcessLeases(options);
}

interface Known {
  /** As the newest request that needed a lease has it: amounts and time zones change. */
  owned: OwnedBudget;
  /** When a request last needed a lease or has spent, in milliseconds since the epoch. */
  usedAt: number;
  /** When less was left than wanted, in milliseconds since the epoch, and of which period and amount. */
  empty: { readonly at: number; readonly startsAt: number; readonly amountNano: number } | undefined;
  /** What waiting requests want of the next lease. */
  wantedNano: number;
  next: Promise<boolean> | undefined;
}

class ProcessLeases implements Leases {
  readonly #options: LeasesOptions;
  readonly #known = new Map<string, Known>();
  #timer: Disposable | undefined;
  /** When the store last did not answer, in milliseconds since the epoch. */
  #failedAt = -Infinity;
  /** Whether the store has leased anything to this process. */
  #leased = false;
  #renewing: Promise<void> | undefined;
  #closed = false;

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  async acquire(wanted: readonly Pick<HeldBudget, 'owned' | 'wantedNano'>[]): Promise<boolean> {
    const { clock } = this.#options;
    if (clock.now() - this.#failedAt < DOWN_MS) throw new Error('The store has not answered just now.');
    const late = Promise.withResolvers<never>();
    using _timer = clock.timer(LONGEST_WAIT_MS, () => late.reject(new Error('The store does not answer in time.')));
    try {
      return await Promise.race([this.#acquire(wanted), late.promise]);
    } catch (error) {
      this.#failedAt = clock.now();
      throw error;
    }
  }

  used(owned: OwnedBudget): void {
    this.#knownOf(owned).usedAt = this.#options.clock.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    if (this.#leased) await this.#options.store.end(this.#options.process).catch(() => undefined);
  }

  async #acquire(wanted: Parameters<Leases['acquire']>[0]): Promise<boolean> {
    const { ledger, clock } = this.#options;
    const lapsed = wanted.some(({ owned }) => ledger.hasLapsed(owned, clock.now()));
    if (lapsed) await this.#renew();
    const now = clock.now();
    const missing = wanted.filter(({ owned, wantedNano }) => ledger.left(owned, now) < wantedNano);
    const granted = await Promise.all(missing.map(({ owned, wantedNano }) => this.#lease(owned, wantedNano)));
    return (lapsed || granted.length > 0) && granted.every((each) => each);
  }

  /** Requests that arrive while the store is asked wait for the next lease, which is for all of them. */
  #lease(owned: OwnedBudget, nano: number): Promise<boolean> {
    const known = this.#knownOf(owned);
    known.owned = owned;
    if (this.#isEmpty(known)) return Promise.resolve(false);
    known.wantedNano += nano;
    known.next ??= Promise.resolve()
      .then(() => this.#ask(known))
      .finally(() => (known.next = undefined));
    return known.next;
  }

  /** Whether nothing was left just now. A new period and another amount have something again. */
  #isEmpty({ owned, empty }: Known): boolean {
    const now = this.#options.clock.now();
    if (empty === undefined || now - empty.at >= EMPTY_MS) return false;
    const { startsAt } = this.#options.ledger.account(owned, now);
    return empty.startsAt === startsAt && empty.amountNano === owned.budget.amountNano;
  }

  async #ask(known: Known): Promise<boolean> {
    const { store, process, ledger, clock, givenBack } = this.#options;
    // A part of this budget that is given back and not written yet would count as spent.
    await givenBack(LONGEST_WAIT_MS);
    const { owned } = known;
    const startedAt = clock.now();
    known.usedAt = startedAt;
    // What was taken beyond earlier leases has to be covered too.
    const wantedNano = known.wantedNano + Math.max(0, -ledger.left(owned, startedAt));
    known.wantedNano = 0;
    const { startsAt, endsAt } = ledger.account(owned, startedAt);
    const { amountNano } = owned.budget;
    const periodMs = endsAt - startsAt;
    const lease = await store.lease(process, { ...nameOf(owned), startsAt, periodMs, amountNano, wantedNano });
    this.#leased = true;
    ledger.lease(owned, { ...lease, countsUntil: startedAt + LEASE_MS }, clock.now());
    if (lease.grantedNano < wantedNano) known.empty = { at: clock.now(), startsAt, amountNano };
    this.#watch();
    return lease.grantedNano > 0;
  }

  #knownOf(owned: OwnedBudget): Known {
    const name = owned.account;
    const present = this.#known.get(name);
    if (present !== undefined) return present;
    const known: Known = { owned, usedAt: 0, empty: undefined, wantedNano: 0, next: undefined };
    this.#known.set(name, known);
    return known;
  }

  #watch(): void {
    if (this.#closed) return;
    this.#timer ??= this.#options.clock.timer(RENEW_MS, () => {
      this.#timer = undefined;
      void this.#keep();
    });
  }

  async #keep(): Promise<void> {
    const now = this.#options.clock.now();
    const idle = [...this.#known].filter(([, known]) => this.#isIdle(known, now));
    for (const [name] of idle) this.#known.delete(name);
    this.#giveBack(idle.map(([, { owned }]) => owned));
    // The next one is in a moment, and requests do not count on the leases for longer than without one.
    await this.#renew().catch(() => undefined);
    if (this.#known.size > 0) this.#watch();
  }

  /** Prolongs all leases. Callers share one call of the store. Rejects where the store fails. */
  #renew(): Promise<void> {
    const { store, process, ledger, clock } = this.#options;
    const startedAt = clock.now();
    return (this.#renewing ??= store
      .renew(process)
      .then((lost) => ledger.prolong(startedAt + LEASE_MS, lost))
      .finally(() => (this.#renewing = undefined)));
  }

  /** What requests that run have reserved is theirs until they end, however long they take. */
  #isIdle({ owned, usedAt, next }: Known, now: number): boolean {
    return now - usedAt > IDLE_MS && next === undefined && this.#options.ledger.account(owned, now).reservedNano === 0;
  }

  #giveBack(idle: readonly OwnedBudget[]): void {
    const { ledger, clock, onGiveBack } = this.#options;
    const now = clock.now();
    const givenBack = idle.map((owned) => ({
      ...nameOf(owned),
      startsAt: ledger.account(owned, now).startsAt,
      nano: ledger.giveBack(owned, now),
    }));
    onGiveBack(givenBack.filter(({ nano }) => nano > 0));
  }
}

function nameOf({ ownerName, budgetName }: OwnedBudget): { readonly owner: string; readonly budget: string } {
  return { owner: ownerName, budget: budgetName };
}
