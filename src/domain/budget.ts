/** Periods of a budget: those of the calendar in its time zone, weeks from Monday on (ISO 8601), or all time. */
export const BUDGET_PERIODS = Object.freeze(['hour', 'day', 'week', 'month', 'total'] as const);

/** One of these. */
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** How much money a key or a tenant may spend in each period. */
export interface Budget {
  /** Billionths of a US dollar; above 0. */
  readonly amountNano: number;
  readonly period: BudgetPeriod;
  /** Name of the IANA database. */
  readonly timeZone: string;
  /** Fraction of the amount whose crossing is reported, above 0 and at most 1. Nothing is refused at it. */
  readonly soft: number;
  /** Patterns over `provider/model`, in which `*` stands for any run of characters: only what such entries cost counts; undefined for all. */
  readonly models: readonly string[] | undefined;
  /** Whether an entry without a known price is skipped, or serves and is counted as unknown. */
  readonly onUnknownPrice: 'skip' | 'allow';
  /** Whether a stream that has taken all that was left may finish, or is cut with `budget_exceeded`. */
  readonly onOverrun: 'finish' | 'cut';
}

/** Most budgets of one key, and of one tenant. */
export const MAX_BUDGETS = 8;

/** Whose a budget is. A key's is known by the key's id, a tenant's by its name. */
export interface BudgetOwner {
  readonly kind: 'key' | 'tenant';
  readonly id: string;
}

/** A budget of an owner, with its names in records. */
export interface OwnedBudget {
  readonly owner: BudgetOwner;
  readonly budget: Budget;
  readonly ownerName: string;
  readonly budgetName: string;
  /** Of both together; unique. */
  readonly account: string;
}

/** Names a budget of an owner. The names are looked up for each request, so keep the result. */
export function ownedBudget<Owner extends BudgetOwner>(
  owner: Owner,
  budget: Budget,
): OwnedBudget & { readonly owner: Owner } {
  const names = { ownerName: ownerName(owner), budgetName: budgetName(budget) };
  return { owner, budget, ...names, account: `${names.ownerName}\n${names.budgetName}` };
}

/** The name of an owner in records: `key:ID` or `tenant:NAME`. */
export function ownerName({ kind, id }: BudgetOwner): string {
  return `${kind}:${id}`;
}

/** The name of a budget among those of its owner. It does not depend on the amount, so that a change of the amount keeps what is spent. */
export function budgetName({ period, models }: Pick<Budget, 'period' | 'models'>): string {
  return models === undefined ? period : `${period}:${models.toSorted().join(',')}`;
}
