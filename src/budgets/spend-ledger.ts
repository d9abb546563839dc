import type { OwnedBudget } from '../domain/budget.ts';
import type { LeasedSpend, SpendLease, SpendRow } from '../store/store.ts';
import { type Period, periodAt } from './period.ts';

/** What is spent and reserved of one budget in its present period. Amounts in billionths of a US dollar, times in milliseconds since the epoch. */
export interface Account extends Period {
  /** Of a shared ledger as far as this process knows: what it has spent itself, and what the others had when it last asked for a lease. */
  readonly spentNano: number;
  /** By requests that run. They may have begun in an earlier period. */
  readonly reservedNano: number;
}

/** A lease, and how long a process may count on it: until `countsUntil`, in milliseconds since the epoch, unless it prolongs the lease. */
export interface HeldLease extends SpendLease {
  readonly countsUntil: number;
}

/**
 * What keys and tenants have spent: exact for one process, which has all that is left of a budget. A shared ledger has only what the store has leased to it, and
 * only while the lease counts: after that nothing is left until it is prolonged, and what is spent all the same is taken out of it. Each budget has an account,
 * which begins anew with each period. A change of a budget's amount or time zone keeps what is spent. Bounded by the number of budgets.
 */
export interface SpendLedger {
  /** The account of a budget at `now`. */
  account(owned: OwnedBudget, now: number): Account;
  /** What may still be reserved, in billionths of a US dollar; below 0 where more was spent than there is. */
  left(owned: OwnedBudget, now: number): number;
  /** Adds to what is reserved of an account; a negative amount gives it back. */
  reserve(owned: OwnedBudget, nano: number, now: number): void;
  /** Adds to what is spent of an account, in the period that `now` is in. Returns what to store. */
  spend(owned: OwnedBudget, nano: number, now: number): SpendRow;
  /** Takes over what was stored by earlier processes. */
  restore(rows: readonly SpendRow[]): void;
  /** Replaces what other processes were known to have stored. Of a shared ledger it shows what all of them have spent. */
  takeOver(rows: readonly SpendRow[], now: number): void;
  /** Adds a lease to a shared ledger; one of a period that is over counts for nothing. */
  lease(owned: OwnedBudget, lease: HeldLease, now: number): void;
  /** All leases were prolonged. `lost`: all that was lost of them before, ever, as `SpendLease.lostNano`. */
  prolong(countsUntil: number, lost: readonly LeasedSpend[]): void;
  /** Whether something is leased that does not count any more, because the lease was not prolonged in time. */
  hasLapsed(owned: OwnedBudget, now: number): boolean;
  /** Takes what is leased and not reserved out of a shared ledger, and returns it. */
  giveBack(owned: OwnedBudget, now: number): number;
}

/** Returns a ledger in which nothing is spent. `shared`: whether other processes spend of the same budgets. */
export function createSpendLedger({ shared }: { readonly shared: boolean }): SpendLedger {
  return new Ledger(shared);
}

/** An account that is written to. */
interface OpenAccount {
  startsAt: number;
  endsAt: number;
  timeZone: string;
  spentNano: number;
  reservedNano: number;
  /** Of what is leased, what is not spent. Below 0 where requests took more than was leased for them, which the next lease has to cover. */
  leasedNano: number;
  /** Until when the newest lease counts, in milliseconds since the epoch. */
  countsUntil: number;
  /** What is known to be lost of the leases of the period; undefined before the first one. */
  lostNano: number | undefined;
}

class Ledger implements SpendLedger {
  readonly #shared: boolean;
  readonly #accounts = new Map<string, OpenAccount>();
  /** By the name of the account: what earlier processes spent in its periods. */
  readonly #stored = new Map<string, SpendRow[]>();
  /** Until when the leases count that were prolonged together, in milliseconds since the epoch. */
  #countsUntil = -Infinity;

  constructor(shared: boolean) {
    this.#shared = shared;
  }

  account(owned: OwnedBudget, now: number): Account {
    return this.#open(owned, now);
  }

  left(owned: OwnedBudget, now: number): number {
    const account = this.#open(owned, now);
    const { spentNano, leasedNano, reservedNano } = account;
    if (!this.#shared) return owned.budget.amountNano - spentNano - reservedNano;
    return (this.#counts(account, now) ? leasedNano : Math.min(0, leasedNano)) - reservedNano;
  }

  reserve(owned: OwnedBudget, nano: number, now: number): void {
    this.#open(owned, now).reservedNano += nano;
  }

  spend(owned: OwnedBudget, nano: number, now: number): SpendRow {
    const account = this.#open(owned, now);
    account.spentNano += nano;
    account.leasedNano -= nano;
    return { owner: owned.ownerName, budget: owned.budgetName, startsAt: account.startsAt, nano };
  }

  restore(rows: readonly SpendRow[]): void {
    for (const row of rows) {
      const name = `${row.owner}\n${row.budget}`;
      const present = this.#stored.get(name);
      if (present === undefined) this.#stored.set(name, [row]);
      else present.push(row);
    }
  }

  takeOver(rows: readonly SpendRow[], now: number): void {
    this.#stored.clear();
    this.restore(rows);
    for (const [name, account] of this.#accounts)
      if (now < account.endsAt) account.spentNano = this.#storedIn(name, account);
  }

  lease(owned: OwnedBudget, { startsAt, grantedNano, spentNano, lostNano, countsUntil }: HeldLease, now: number): void {
    const account = this.#open(owned, now);
    if (account.startsAt !== startsAt) return;
    account.leasedNano += grantedNano;
    account.spentNano = Math.max(account.spentNano, spentNano);
    account.countsUntil = Math.max(account.countsUntil, countsUntil);
    lose(account, lostNano);
  }

  prolong(countsUntil: number, lost: readonly LeasedSpend[]): void {
    this.#countsUntil = Math.max(this.#countsUntil, countsUntil);
    for (const { owner, budget, startsAt, nano } of lost) {
      const account = this.#accounts.get(`${owner}\n${budget}`);
      if (account?.startsAt === startsAt) lose(account, nano);
    }
  }

  hasLapsed(owned: OwnedBudget, now: number): boolean {
    const account = this.#open(owned, now);
    return account.leasedNano > 0 && !this.#counts(account, now);
  }

  giveBack(owned: OwnedBudget, now: number): number {
    const account = this.#open(owned, now);
    const nano = Math.max(0, account.leasedNano - account.reservedNano);
    account.leasedNano -= nano;
    return nano;
  }

  #counts({ countsUntil }: OpenAccount, now: number): boolean {
    return now < Math.max(countsUntil, this.#countsUntil);
  }

  #open({ account: name, budget }: OwnedBudget, now: number): OpenAccount {
    const account = this.#accounts.get(name);
    if (account !== undefined && now < account.endsAt && account.timeZone === budget.timeZone) return account;
    const period = periodAt(budget, now);
    const { timeZone } = budget;
    if (account === undefined) {
      const spentNano = this.#storedIn(name, period);
      const opened = { ...period, timeZone, spentNano, reservedNano: 0, ...NOTHING_LEASED };
      this.#accounts.set(name, opened);
      return opened;
    }
    // A lease is of one period. What is reserved stays reserved: its requests still run.
    if (account.startsAt !== period.startsAt) Object.assign(account, NOTHING_LEASED);
    if (!isSame(account, period)) account.spentNano = this.#storedIn(name, period);
    return Object.assign(account, period, { timeZone });
  }

  #storedIn(name: string, period: Period): number {
    const rows = this.#stored.get(name) ?? [];
    return rows.reduce((sum, { startsAt, nano }) => (isSame({ ...period, startsAt }, period) ? sum + nano : sum), 0);
  }
}

const NOTHING_LEASED = Object.freeze({ leasedNano: 0, countsUntil: -Infinity, lostNano: undefined });

/** Notes what the store says is lost, ever. Its answers may overtake one another. */
function lose(account: OpenAccount, lostNano: number): void {
  // What was lost before the account's first lease is not in it.
  const known = account.lostNano ?? lostNano;
  account.leasedNano -= Math.max(0, lostNano - known);
  account.lostNano = Math.max(known, lostNano);
}

/** Whether two periods are the same one, perhaps by the clocks of two time zones. */
function isSame(a: Period, b: Period): boolean {
  return a.startsAt === b.startsAt || Math.abs(a.startsAt - b.startsAt) < (b.endsAt - b.startsAt) / 2;
}
