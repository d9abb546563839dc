import type { OwnedBudget } from '../domain/budget.ts';
import { allowsEntry } from '../domain/pattern.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Clock } from '../lib/clock.ts';
import type { Owner } from '../limits/owner.ts';
import type { PriceTools } from './price-request.ts';
import type { SpendLedger } from './spend-ledger.ts';

/** A budget of a key or a tenant. */
export interface OwnerBudget extends OwnedBudget {
  readonly owner: Owner;
}

/** What holds are made with. */
export interface HoldTools extends PriceTools {
  readonly ledger: SpendLedger;
  readonly clock: Pick<Clock, 'now'>;
}

/** What one request holds of a budget. Amounts in billionths of a US dollar, times in milliseconds since the epoch. */
export class HeldBudget {
  readonly owned: OwnerBudget;
  readonly #ledger: SpendLedger;
  heldNano = 0;
  /** What the dearest entry costs that counts against the budget, whether there is room for it or not. */
  wantedNano = 0;
  /** The same of the entries that every budget has room for. */
  neededNano = 0;

  constructor(owned: OwnerBudget, ledger: SpendLedger) {
    this.owned = owned;
    this.#ledger = ledger;
  }

  /** Whether what an entry costs counts against the budget. */
  counts(entry: Pick<TrailStep, 'provider' | 'model'>): boolean {
    return allowsEntry(this.owned.budget.models, entry);
  }

  /** What is left of the budget; below 0 where more was spent than it has. */
  left(now: number): number {
    return this.#ledger.left(this.owned, now);
  }

  /** Reserves more for the request; a negative amount gives it back. */
  hold(nano: number, now: number): void {
    this.#ledger.reserve(this.owned, nano, now);
    this.heldNano += nano;
  }
}
