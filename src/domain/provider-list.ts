import type { EntryState } from './limit-list.ts';
import type { OutcomeKind } from './outcome.ts';
import type { Cost } from './usage.ts';

/** Attempts that show whether a model works, and the share of them that answered; null without any. */
export interface AttemptShare {
  readonly attempts: number;
  readonly success_rate: number | null;
}

/** A failed attempt. */
export interface FailedAttemptSummary {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: OutcomeKind;
  /** HTTP status of the provider's reply; null without one. */
  readonly status: number | null;
  /** Null for principals with a tenant: it may be another tenant's request. */
  readonly request_id: string | null;
}

/** How one model works under one key of its provider. Times in milliseconds. */
export interface ProviderStatus {
  /** `provider/model`, followed by `#2` for the second key of a pool. The model `*` stands for all that only clients name. */
  readonly id: string;
  readonly object: 'provider.status';
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key, counted from 1; null without a pool of keys. */
  readonly key: number | null;
  /** Null for the model `*`. */
  readonly state: EntryState | null;
  /** Why it is not used: an outcome, or the window that is exhausted; null when it is ready. */
  readonly reason: string | null;
  /** When it may be tried again, since the epoch; null when it is ready or the time is unknown. */
  readonly retry_at: number | null;
  /** Requests that run now; null for the model `*`. */
  readonly running: number | null;
  readonly last_minute: AttemptShare;
  readonly last_hour: AttemptShare;
  /** Percentiles of the time to the first token of the last 100 streams; null before the first one. */
  readonly first_token_ms: { readonly p50: number; readonly p95: number } | null;
  /** The newest one first, at most 5. */
  readonly last_failures: readonly FailedAttemptSummary[];
  /** US dollars per million tokens, for a short prompt; null where the price is unknown. */
  readonly price: { readonly input: number; readonly output: number; readonly source: Cost['source'] } | null;
}

/** All models of the chains that a principal may use. */
export interface ProviderList {
  readonly object: 'list';
  readonly data: readonly ProviderStatus[];
}
