import type { Observation, WindowName } from '../domain/limits.ts';
import type { CountedAttempt } from './counted-attempt.ts';
import type { SpentTerms } from './window.ts';

/** Records what one counter counts, for a ledger that other processes use too. Times in milliseconds since the epoch. */
export interface Journal {
  /** An amount was spent. */
  spent(window: WindowName, amount: number, terms: SpentTerms): void;
  /** The reply to an attempt reported a window; `amount` of it is counted with the report. `until`: when an amount that is counted now expires. */
  observed(
    attempt: CountedAttempt,
    observation: Observation,
    counted: { readonly amount: number; readonly until: number },
  ): void;
  /** A running attempt holds less than before, or is over. */
  freed(): void;
}

/** Records nothing. */
export const NO_JOURNAL: Journal = Object.freeze({
  spent: () => undefined,
  observed: () => undefined,
  freed: () => undefined,
});
