import type { Budget, BudgetOwner } from './budget.ts';
import type { Limits, WindowName } from './limits.ts';

/** What is spent and held of one budget in its present period. */
export interface BudgetStanding {
  /** Billionths of a US dollar. */
  readonly spentNano: number;
  /** Billionths of a US dollar that running requests hold. */
  readonly reservedNano: number;
  /** When the next period begins, in milliseconds since the epoch; undefined for all time. */
  readonly resetsAt: number | undefined;
}

/** What is left of one limit. */
export interface LimitStanding {
  /** Requests or tokens; never below 0. */
  readonly remaining: number;
  /** When all of it is available again, in milliseconds since the epoch; undefined where that is now, or has no time. */
  readonly resetsAt: number | undefined;
}

/** How a key or a tenant stands with its own limits and budgets, at the time of the call. */
export interface Standing {
  budget(budget: Budget): BudgetStanding;
  /** Undefined for a limit that is not among `limits`. */
  limit(name: WindowName | 'concurrency', limits: Limits): LimitStanding | undefined;
  /** When its newest request ended, to the minute, in milliseconds since the epoch; undefined before one has. */
  readonly lastUsedAt: number | undefined;
}

/** Reads how keys and tenants stand. */
export interface Standings {
  /** Reads what other processes have spent, unless that was read just now. Never rejects: where the store is down, what was read last counts. */
  refresh(): Promise<void>;
  /** Synchronous, and never throws. */
  of(owner: BudgetOwner): Standing;
}
