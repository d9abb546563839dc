import { allowsEntry } from '../domain/pattern.ts';
import type { OwnedBudget } from '../domain/budget.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Clock } from '../lib/clock.ts';
import type { Owner } from '../limits/owner.ts';
import type { PriceTools } from './price-request.ts';
import type { SpendLedger } from './spend-ledger.ts';

/** A budget of a key or a tenant. */
export interface OwnerBudget extends OwnedBudget {
  readonly owner: Owner;
}

/** What one request holds of a budget. Amounts in billionths of a US dollar. */
export interface HeldBudget {
  readonly owned: OwnerBudget;
  heldNano: number;
  /** What the dearest entry costs that counts against the budget, whether there is room for it or not. */
  wantedNano: number;
  /** The same of the entries that every budget has room for. */
  neededNano: number;
}

/** What holds are made with. */
export interface HoldTools extends PriceTools {
  readonly ledger: SpendLedger;
  readonly clock: Pick<Clock, 'now'>;
}

/** Whether what an entry costs counts against a budget. */
export function counts({ owned }: HeldBudget, entry: Pick<TrailStep, 'provider' | 'model'>): boolean {
  return allowsEntry(owned.budget.models, entry);
}

/** Reserves more of a budget for a request; a negative amount gives it back. In billionths of a US dollar; `now` in milliseconds since the epoch. */
export function hold(ledger: SpendLedger, held: HeldBudget, nano: number, now: number): void {
  ledger.reserve(held.owned, nano, now);
  held.heldNano += nano;
}
