import type { AttemptOutcome } from './outcome.ts';

/** Which attempts are counted; each member that is given must hold. */
export interface ProviderHealthInput {
  /** The first hour: a date, or an instant in it; 24 hours before `to` unless given, and at most 7 days. */
  readonly from?: string | undefined;
  /** The hour behind the last one: a date, or an instant in the last one; the present hour is the last one unless given. */
  readonly to?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** How many attempts at one model have ended in one way, in requests that ended in one UTC hour. */
export interface AttemptHour {
  /** The start of the hour, such as `2026-11-30T09:00:00Z`. */
  readonly hour: string;
  readonly provider: string;
  /** `(other)` stands for models beyond the bound of an hour. */
  readonly model: string;
  readonly outcome: AttemptOutcome;
  readonly attempts: number;
}

/** What became of attempts, from one UTC hour up to and without another one. */
export interface ProviderHealth {
  readonly object: 'list';
  readonly from: string;
  readonly to: string;
  /** The newest hour first, at most 10,000 rows. An outcome that no attempt had has none. */
  readonly data: readonly AttemptHour[];
  /** Whether rows of older hours were cut. */
  readonly has_more: boolean;
}
