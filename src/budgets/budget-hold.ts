import type { Target } from '../domain/chain.ts';
import type { GatewayError } from '../domain/errors.ts';
import { allowsEntry } from '../domain/pattern.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { AdmissionRequest, OutputWatch } from '../limits/admission.ts';
import type { Owner } from '../limits/owner.ts';
import { createLack, type Lack } from '../targets/lack.ts';
import { budgetExceeded } from './budget-errors.ts';
import { counts, type HeldBudget, hold, type HoldTools, leftOf } from './held-budget.ts';
import { watchOutput } from './output-watch.ts';
import { priceAt } from './price-request.ts';
import type { SpendRow } from '../store/store.ts';
import type { OwnedBudget } from './spend-ledger.ts';

/** What one request holds of all the budgets that it counts against. */
export interface BudgetHold {
  /** Why a target may not serve the request; undefined where it may. */
  excludes(target: Target): Lack | undefined;
  /** The watch of a stream that a target begins; undefined where its output cannot exceed what is reserved. */
  watchOutput(target: Target): OutputWatch | undefined;
  /** Gives back what is held, and takes what the attempts of a trail have cost. Returns what was spent of each budget; nothing the second time. */
  settle(trail: readonly TrailStep[]): readonly Settled[];
}

/** What a request has spent of a budget; more than 0. */
export interface Settled extends OwnedBudget {
  readonly owner: Owner;
  readonly spent: SpendRow;
  /** Billionths of a US dollar spent of the period before the request. */
  readonly beforeNano: number;
}

/** What a request would hold. Nothing is reserved for it yet. */
export interface PlannedHold {
  /** What the dearest entry costs that counts against a budget, whether there is room for it or not, in billionths of a US dollar. */
  readonly wanted: ReadonlyMap<HeldBudget, number>;
  /** A budget that has no room for an entry. */
  readonly exceeded: HeldBudget | undefined;
  /**
   * Reserves, in all budgets in one step: the dearest of the entries that every budget has room for. The others are excluded. Throws `budget_exceeded`, and
   * reserves nothing, where there is none.
   */
  take(): BudgetHold;
}

/** Plans what a request holds of each budget of its owners, for the entries that its principal may use. Undefined where no owner has a budget. */
export function planHold(
  tools: HoldTools,
  owners: readonly Owner[],
  request: AdmissionRequest,
): PlannedHold | undefined {
  const held = owners.flatMap((owner) => (owner.budgets ?? []).map((budget) => ({ owner, budget, heldNano: 0 })));
  if (held.length === 0) return undefined;
  const wanted = new Map<HeldBudget, number>();
  const needed = new Map<HeldBudget, number>();
  const excluded = new Map<string, Lack>();
  let exceeded: HeldBudget | undefined;
  let usable = 0;
  for (const { targets } of request.chain.entries) {
    const [target] = targets;
    if (!allowsEntry(request.principal.models, target)) continue;
    const counting = held.filter((each) => counts(each, target));
    const price = counting.length === 0 ? 0 : priceAt(tools, target, request);
    const full = counting.find((each) => !hasRoom(tools, each, price));
    for (const each of counting) raise(wanted, each, price);
    if (price === null && counting.some(({ budget }) => budget.onUnknownPrice === 'skip'))
      excluded.set(nameOf(target), NO_PRICE);
    else if (full !== undefined) {
      exceeded ??= full;
      excluded.set(nameOf(target), OVER_BUDGET);
    } else {
      usable++;
      for (const each of counting) raise(needed, each, price);
    }
  }
  return {
    wanted,
    exceeded,
    take() {
      if (usable === 0 && exceeded !== undefined) throw refusalOf(tools, exceeded, request);
      for (const [each, nano] of needed) hold(tools, each, nano);
      return new RequestHold(tools, { held, excluded, request });
    },
  };
}

/** Reserves what every entry may cost, whatever is left: for a request that is served though the store does not say what is left. */
export function forceHold(tools: HoldTools, { wanted }: PlannedHold, request: AdmissionRequest): BudgetHold {
  for (const [each, nano] of wanted) hold(tools, each, nano);
  return new RequestHold(tools, { held: [...wanted.keys()], excluded: NOTHING, request });
}

const NOTHING: ReadonlyMap<string, Lack> = new Map();

function raise(amounts: Map<HeldBudget, number>, held: HeldBudget, price: number | null): void {
  amounts.set(held, Math.max(amounts.get(held) ?? 0, price ?? 0));
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

/** What is free has room in a spent budget too. */
function hasRoom(tools: HoldTools, owned: OwnedBudget, price: number | null): boolean {
  if (price === 0) return true;
  const left = leftOf(tools, owned);
  return price === null ? left > 0 : price <= left;
}

function refusalOf(
  tools: HoldTools,
  { owner, budget }: HeldBudget,
  { principal, now }: AdmissionRequest,
): GatewayError {
  const showsAmounts = owner.kind === 'key' || principal.role === 'viewer' || principal.role === 'admin';
  return budgetExceeded({ owner, budget, account: tools.ledger.account({ owner, budget }, now), showsAmounts });
}

function nameOf({ provider, model }: Pick<Target, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

interface HoldParts {
  readonly held: readonly HeldBudget[];
  readonly excluded: ReadonlyMap<string, Lack>;
  readonly request: AdmissionRequest;
}

class RequestHold implements BudgetHold {
  readonly #tools: HoldTools;
  readonly #parts: HoldParts;
  #settled = false;

  constructor(tools: HoldTools, parts: HoldParts) {
    this.#tools = tools;
    this.#parts = parts;
  }

  excludes(target: Target): Lack | undefined {
    return this.#parts.excluded.get(nameOf(target));
  }

  watchOutput(target: Target): OutputWatch | undefined {
    const { held, request } = this.#parts;
    const counting = held.filter((each) => counts(each, target));
    if (counting.length === 0) return undefined;
    return watchOutput(this.#tools, counting, { target, request, isOpen: () => !this.#settled });
  }

  settle(trail: readonly TrailStep[]): readonly Settled[] {
    if (this.#settled) return [];
    this.#settled = true;
    const { ledger, clock } = this.#tools;
    return this.#parts.held.flatMap((each) => {
      hold(this.#tools, each, -each.heldNano);
      const nano = costOf(trail, each);
      if (nano === 0) return [];
      const { owner, budget } = each;
      const { spentNano: beforeNano } = ledger.account(each, clock.now());
      return [{ owner, budget, beforeNano, spent: ledger.spend(each, nano, clock.now()) }];
    });
  }
}

/** What the attempts of a trail have cost that count against a budget, in billionths of a US dollar. */
function costOf(trail: readonly TrailStep[], owned: OwnedBudget): number {
  return trail.reduce((sum, step) => (counts(owned, step) ? sum + (step.costNano ?? 0) : sum), 0);
}
