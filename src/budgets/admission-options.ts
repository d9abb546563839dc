import type { Clock } from '../lib/clock.ts';
import type { Demands } from '../limits/demand.ts';
import type { TermsOf } from '../limits/owner.ts';
import type { LimitState } from '../state/limit-state.ts';
import type { SpendRow } from '../store/store.ts';
import type { Crossings } from './crossings.ts';
import type { Leases } from './leases.ts';
import type { PriceTools } from './price-request.ts';
import type { ReservationCounts } from './reservation-counts.ts';
import type { SpendLedger } from './spend-ledger.ts';

/** What an admission works with. */
export interface OwnerAdmissionOptions {
  readonly state: Pick<LimitState, 'takeAll' | 'tightest'>;
  readonly ledger: SpendLedger;
  readonly prices: PriceTools['prices'];
  readonly demands: Pick<Demands, 'promptTokensOf' | 'usualAnswerOf' | 'unreportedTokensOf' | 'minimumTokensOf'>;
  readonly clock: Clock;
  readonly termsOf: TermsOf;
  /** Gets what each request has spent, to be stored. Must not throw and must not wait. */
  readonly onSpent: (spent: readonly SpendRow[]) => void;
  readonly crossings: Crossings;
  /** Leases from a store that other processes spend from too; undefined where this process has its budgets for itself. */
  readonly leases?: Leases | undefined;
  readonly reservations: ReservationCounts;
  /** Whether requests are served while such a store does not say what is left. Called each time, so that a new configuration counts. */
  readonly whenUnknown: () => 'serve' | 'refuse';
}
