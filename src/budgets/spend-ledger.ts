import { type Budget, type BudgetOwner, budgetName, ownerName } from '../domain/budget.ts';
import { type Period, periodAt } from './period.ts';

/** What is spent and reserved of one budget in its present period. Amounts in billionths of a US dollar, times in milliseconds since the epoch. */
export interface Account extends Period {
  readonly spentNano: number;
  /** By requests that run. They may have begun in an earlier period. */
  readonly reservedNano: number;
}

/** An amount that was spent of one period of one budget. */
export interface Spent {
  /** As `ownerName` names it. */
  readonly owner: string;
  /** As `budgetName` names it. */
  readonly budget: string;
  /** Start of the period, in milliseconds since the epoch. */
  readonly startsAt: number;
  /** Billionths of a US dollar. */
  readonly nano: number;
}

/** A budget of an owner. */
export interface OwnedBudget {
  readonly owner: BudgetOwner;
  readonly budget: Budget;
}

/**
 * What keys and tenants have spent: exact for one process. Each budget has an account, which begins anew with each period. A change of a budget's amount or
 * time zone keeps what is spent. Bounded by the number of budgets.
 */
export interface SpendLedger {
  /** The account of a budget at `now`. */
  account(owned: OwnedBudget, now: number): Account;
  /** Adds to what is reserved of an account; a negative amount gives it back. */
  reserve(owned: OwnedBudget, nano: number, now: number): void;
  /** Adds to what is spent of an account, in the period that `now` is in. Returns what to store. */
  spend(owned: OwnedBudget, nano: number, now: number): Spent;
  /** Takes over what was stored by earlier processes. */
  restore(rows: readonly Spent[]): void;
}

/** Returns a ledger in which nothing is spent. */
export function createSpendLedger(): SpendLedger {
  return new Ledger();
}

/** An account that is written to. */
interface OpenAccount {
  startsAt: number;
  endsAt: number;
  timeZone: string;
  spentNano: number;
  reservedNano: number;
}

class Ledger implements SpendLedger {
  readonly #accounts = new Map<string, OpenAccount>();
  /** By the name of the account: what earlier processes spent in its periods. */
  readonly #stored = new Map<string, Spent[]>();

  account(owned: OwnedBudget, now: number): Account {
    return this.#open(owned, now);
  }

  reserve(owned: OwnedBudget, nano: number, now: number): void {
    this.#open(owned, now).reservedNano += nano;
  }

  spend(owned: OwnedBudget, nano: number, now: number): Spent {
    const account = this.#open(owned, now);
    account.spentNano += nano;
    return {
      owner: ownerName(owned.owner),
      budget: budgetName(owned.budget),
      startsAt: account.startsAt,
      nano,
    };
  }

  restore(rows: readonly Spent[]): void {
    for (const row of rows) {
      const name = `${row.owner}\n${row.budget}`;
      const present = this.#stored.get(name);
      if (present === undefined) this.#stored.set(name, [row]);
      else present.push(row);
    }
  }

  #open({ owner, budget }: OwnedBudget, now: number): OpenAccount {
    const name = `${owner.kind}:${owner.id}\n${budgetName(budget)}`;
    const account = this.#accounts.get(name);
    if (account !== undefined && now < account.endsAt && account.timeZone === budget.timeZone) return account;
    const period = periodAt(budget, now);
    const { timeZone } = budget;
    if (account === undefined) {
      const opened = { ...period, timeZone, spentNano: this.#storedIn(name, period), reservedNano: 0 };
      this.#accounts.set(name, opened);
      return opened;
    }
    if (!isSame(account, period)) account.spentNano = this.#storedIn(name, period);
    return Object.assign(account, period, { timeZone });
  }

  #storedIn(name: string, period: Period): number {
    const rows = this.#stored.get(name) ?? [];
    return rows.reduce((sum, { startsAt, nano }) => (isSame({ ...period, startsAt }, period) ? sum + nano : sum), 0);
  }
}

/** Whether two periods are the same one, perhaps by the clocks of two time zones. */
function isSame(a: Period, b: Period): boolean {
  return a.startsAt === b.startsAt || Math.abs(a.startsAt - b.startsAt) < (b.endsAt - b.startsAt) / 2;
}
