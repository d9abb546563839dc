import type { OrderPolicy } from './chain.ts';
import type { LimitSource, WindowName } from './limits.ts';
import type { SkipReason } from './trail.ts';

/**
 * Whether an entry can be tried now: it is ready, cooling down, has an open circuit breaker (`failing`), or has exhausted a limit. A
 * `refusing` entry is ready and tried last, because it refuses what others answer.
 */
export type EntryState = 'ready' | 'cooling_down' | 'failing' | 'limited' | 'refusing';

/** One window of a limit as the operator sees it. */
export interface WindowSummary {
  readonly window: WindowName;
  readonly limit: number;
  /** Where the limit is known from: the configuration, a refusal, or a reply's headers. */
  readonly source: LimitSource;
  /** What counts against the limit, running requests included. */
  readonly used: number;
  /** The part of `used` that running requests have reserved: what they take is known once they end. */
  readonly reserved: number;
  /** When the whole limit is available again, in milliseconds since the epoch; null while nothing is used. */
  readonly resets_at: number | null;
}

/** Everything known about the limits of one model under one key. Times in milliseconds since the epoch. */
export interface LimitStatus {
  /** `provider/model`, followed by `#2` for the second key of a pool. */
  readonly id: string;
  readonly object: 'limit';
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key, counted from 1; null without a pool of keys. */
  readonly key: number | null;
  readonly state: EntryState;
  /** Why the model is not used: an outcome, or the window that is exhausted; null when it is ready. */
  readonly reason: string | null;
  /** When it may be tried again; null when it is ready or the time is unknown. */
  readonly retry_at: number | null;
  readonly windows: readonly WindowSummary[];
  /** Requests that run now. */
  readonly running: number;
  /** Requests that may run at the same time; null where no such limit is configured. */
  readonly concurrency: number | null;
  /** Where that is known from: the configuration, or how the provider has answered; null without such a limit. */
  readonly concurrency_source: 'configured' | 'adapted' | null;
  /** Expected time to the first token, in milliseconds; null before it was measured. */
  readonly first_token_ms: number | null;
  /** Number of retries that the retry budget has refused since the start. */
  readonly retries_refused: number;
}

/** The limits of every model of every chain. */
export interface LimitList {
  readonly object: 'list';
  readonly data: readonly LimitStatus[];
}

/** One entry of a plan: whether and when it would be tried. */
export interface PlannedEntry {
  readonly provider: string;
  readonly model: string;
  readonly key: number | null;
  /**
   * `try`: in its place in the order; `wait`: if it recovers in time; `last_resort`: if no other entry answers; `skip`: not at all.
   */
  readonly action: 'try' | 'wait' | 'last_resort' | 'skip';
  /** What stands against it, as in a trail; null where it is tried in its place. */
  readonly code: SkipReason | null;
  /** The reason for the action, in one sentence. */
  readonly reason: string;
  /** Tokens that would be reserved. */
  readonly tokens: number;
  /** When the obstacle to trying it ends, in milliseconds since the epoch; null where there is none or the time is unknown. */
  readonly retry_at: number | null;
}

/** The entries that a request would try, in order. */
export interface ChainPlan {
  readonly object: 'chain.plan';
  /** The chain that the request's `model` selects. */
  readonly chain: string;
  readonly policy: OrderPolicy;
  readonly data: readonly PlannedEntry[];
}
