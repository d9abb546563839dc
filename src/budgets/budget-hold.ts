import type { Target } from '../domain/chain.ts';
import { allowsEntry } from '../domain/pattern.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { AdmissionRequest, OutputWatch } from '../limits/admission.ts';
import { createLack, type Lack } from '../targets/lack.ts';
import { budgetExceeded } from './budget-errors.ts';
import { HeldBudget, type HoldTools, type OwnerBudget } from './held-budget.ts';
import { watchOutput } from './output-watch.ts';
import { priceAt } from './price-request.ts';
import type { SpendRow } from '../store/store.ts';

/** What one request holds of all the budgets that it counts against. Nothing is reserved until `take` or `force`. */
export interface BudgetHold {
  /** What the request wants of each budget. */
  readonly held: readonly HeldBudget[];
  /** Whether a budget has no room for an entry. */
  readonly isExceeded: boolean;
  /**
   * Reserves, in all budgets in one step: the dearest of the entries that every budget has room for. The others are excluded. Throws `budget_exceeded`, and
   * reserves nothing, where there is none.
   */
  take(): void;
  /** Reserves what every entry may cost, whatever is left: for a request that is served though the store does not say what is left. */
  force(): void;
  /** Why a target may not serve the request; undefined where it may. */
  excludes(target: Target): Lack | undefined;
  /** The watch of a stream that a target begins; undefined where its output cannot exceed what is reserved. */
  watchOutput(target: Target): OutputWatch | undefined;
  /** Gives back what is held, and takes what the attempts of a trail have cost. Returns what was spent of each budget; nothing the second time. */
  settle(trail: readonly TrailStep[]): readonly Settled[];
}

/** What a request has spent of a budget; more than 0. */
export interface Settled {
  readonly owned: OwnerBudget;
  readonly spent: SpendRow;
  /** Billionths of a US dollar spent of the period before the request. */
  readonly beforeNano: number;
}

/** Plans what a request holds of budgets, for the entries that its principal may use. */
export function planHold(tools: HoldTools, budgets: readonly OwnerBudget[], request: AdmissionRequest): BudgetHold {
  return new RequestHold(tools, budgets, request);
}

class RequestHold implements BudgetHold {
  readonly held: readonly HeldBudget[];
  readonly #tools: HoldTools;
  readonly #request: AdmissionRequest;
  /** When it was planned, in milliseconds since the epoch. */
  readonly #now: number;
  /** A budget that has no room for an entry. */
  #exceeded: OwnerBudget | undefined;
  /** Number of entries that every budget has room for. */
  #usable = 0;
  #excluded: Map<string, Lack> | undefined;
  #settled = false;

  constructor(tools: HoldTools, budgets: readonly OwnerBudget[], request: AdmissionRequest) {
    this.#tools = tools;
    this.#request = request;
    this.held = budgets.map((owned) => new HeldBudget(owned, tools.ledger));
    const { chain, principal } = request;
    this.#now = tools.clock.now();
    for (const { targets } of chain.entries) {
      const [target] = targets;
      if (allowsEntry(principal.models, target)) this.#plan(target);
    }
  }

  get isExceeded(): boolean {
    return this.#exceeded !== undefined;
  }

  take(): void {
    if (this.#usable === 0 && this.#exceeded !== undefined) throw this.#refusal(this.#exceeded);
    for (const each of this.held) each.hold(each.neededNano, this.#now);
  }

  force(): void {
    for (const [name, lack] of this.#excluded ?? []) if (lack === OVER_BUDGET) this.#excluded?.delete(name);
    for (const each of this.held) each.hold(each.wantedNano, this.#now);
  }

  excludes(target: Target): Lack | undefined {
    return this.#excluded?.get(nameOf(target));
  }

  watchOutput(target: Target): OutputWatch | undefined {
    const counting = this.held.filter((each) => each.counts(target));
    if (counting.length === 0) return undefined;
    return watchOutput(this.#tools, counting, { target, request: this.#request, isOpen: () => !this.#settled });
  }

  settle(trail: readonly TrailStep[]): readonly Settled[] {
    if (this.#settled) return [];
    this.#settled = true;
    const { ledger, clock } = this.#tools;
    const now = clock.now();
    const settled: Settled[] = [];
    for (const each of this.held) {
      const { owned } = each;
      each.hold(-each.heldNano, now);
      const nano = costOf(trail, each);
      if (nano === 0) continue;
      const { spentNano: beforeNano } = ledger.account(owned, now);
      settled.push({ owned, beforeNano, spent: ledger.spend(owned, nano, now) });
    }
    return settled;
  }

  #plan(target: Target): void {
    const counting = this.held.filter((each) => each.counts(target));
    const price = counting.length === 0 ? 0 : priceAt(this.#tools, target, this.#request);
    if (price === null && counting.some(({ owned }) => owned.budget.onUnknownPrice === 'skip'))
      return this.#exclude(target, NO_PRICE);
    // Without a known price an entry needs something to be left, which may have to be leased first.
    for (const each of counting) each.wantedNano = Math.max(each.wantedNano, price ?? 1);
    const full = counting.find((each) => !hasRoom(each.left(this.#now), price));
    if (full !== undefined) {
      this.#exceeded ??= full.owned;
      return this.#exclude(target, OVER_BUDGET);
    }
    this.#usable++;
    for (const each of counting) each.neededNano = Math.max(each.neededNano, price ?? 0);
  }

  #exclude(target: Target, lack: Lack): void {
    this.#excluded ??= new Map();
    this.#excluded.set(nameOf(target), lack);
  }

  #refusal(owned: OwnerBudget): Error {
    const { owner, budget } = owned;
    const { principal } = this.#request;
    const showsAmounts = owner.kind === 'key' || principal.role === 'viewer' || principal.role === 'admin';
    const account = this.#tools.ledger.account(owned, this.#now);
    return budgetExceeded({ owner, budget, account, showsAmounts });
  }
}

const NO_PRICE: Lack = Object.freeze({
  ...createLack('a key with a budget, because its price is not known', undefined),
  note: 'Entries without a known price are skipped for keys with a budget: configure their price, or set onUnknownPrice: allow.',
  reason: 'no_price' as const,
});
const OVER_BUDGET: Lack = Object.freeze({
  ...createLack('what this request may cost, because too little of a budget is left', undefined),
  reason: 'over_budget' as const,
});

/** What is free has room in a spent budget too. `left` and `price` in billionths of a US dollar. */
function hasRoom(left: number, price: number | null): boolean {
  if (price === 0) return true;
  return price === null ? left > 0 : price <= left;
}

function nameOf({ provider, model }: Pick<Target, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

/** What the attempts of a trail have cost that count against a budget, in billionths of a US dollar. */
function costOf(trail: readonly TrailStep[], held: HeldBudget): number {
  let sum = 0;
  for (const step of trail) if (held.counts(step)) sum += step.costNano ?? 0;
  return sum;
}
