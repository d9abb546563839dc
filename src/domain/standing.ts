import type { BudgetOwner } from './budget.ts';
import type { WindowName } from './limits.ts';

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
  /** Of the budget that `budgetName` names; undefined where it is unknown. */
  budget(name: string): BudgetStanding | undefined;
  /** Undefined where it is unknown. */
  limit(name: WindowName | 'concurrency'): LimitStanding | undefined;
  /** When a request was last admitted, in milliseconds since the epoch; undefined where it is unknown. */
  readonly lastUsedAt: number | undefined;
}

/** Reads how keys and tenants stand. Synchronous, and never throws. */
export interface Standings {
  of(owner: BudgetOwner): Standing;
}

/** Where nothing is counted. */
export const NO_STANDINGS: Standings = Object.freeze({
  of: () => Object.freeze({ budget: () => undefined, limit: () => undefined, lastUsedAt: undefined }),
});
