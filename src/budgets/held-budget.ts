import { allowsEntry } from '../domain/pattern.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Clock } from '../lib/clock.ts';
import type { Owner } from '../limits/owner.ts';
import type { PriceTools } from './price-request.ts';
import type { OwnedBudget, SpendLedger } from './spend-ledger.ts';

/** A budget of an owner, and what one request holds of it. */
export interface HeldBudget extends OwnedBudget {
  readonly owner: Owner;
  /** Billionths of a US dollar. */
  heldNano: number;
}

/** What holds are made with. */
export interface HoldTools extends PriceTools {
  readonly ledger: SpendLedger;
  readonly clock: Pick<Clock, 'now'>;
}

/** Whether what an entry costs counts against a budget. */
export function counts({ budget }: OwnedBudget, entry: Pick<TrailStep, 'provider' | 'model'>): boolean {
  return allowsEntry(budget.models, entry);
}

/** What is left of a budget, in billionths of a US dollar; below 0 where more was spent than it has. */
export function leftOf({ ledger, clock }: HoldTools, owned: OwnedBudget): number {
  return ledger.left(owned, clock.now());
}

/** Reserves more of a budget for a request; a negative amount gives it back. In billionths of a US dollar. */
export function hold({ ledger, clock }: HoldTools, held: HeldBudget, nano: number): void {
  ledger.reserve(held, nano, clock.now());
  held.heldNano += nano;
}
