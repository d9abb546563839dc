import type { OrderPolicy } from './chain.ts';
import type { LimitSource, WindowName } from './limits.ts';

/** Whether it can be asked now: leave it alone, it keeps failing, or nothing of a limit is left. */
export type EntryState = 'ready' | 'cooling_down' | 'failing' | 'limited';

/** One window of a limit as its operator sees it. */
export interface WindowSummary {
  readonly window: WindowName;
  readonly limit: number;
  /** Where the limit is known from: the configuration, a refusal, or a reply's headers. */
  readonly source: LimitSource;
  /** What counts against it, what runs included. */
  readonly used: number;
  /** When all of it is there again, milliseconds since the epoch; null while nothing is used. */
  readonly resets_at: number | null;
}

/** All that is known of one model under one key. Times in milliseconds since the epoch. */
export interface LimitStatus {
  /** `provider/model`, with `#2` behind it for the second key of a pool. */
  readonly id: string;
  readonly object: 'limit';
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1; null where it has no pool of them. */
  readonly key: number | null;
  readonly state: EntryState;
  /** What it is not asked for: an outcome, or the window that is used up; null when it is ready. */
  readonly reason: string | null;
  /** When it may be asked again; null when it is ready, or nobody knows. */
  readonly retry_at: number | null;
  readonly windows: readonly WindowSummary[];
  /** Requests that run now, and how many may. */
  readonly running: number;
  readonly concurrency: number | null;
  /** What the time to the first token is expected to be, in milliseconds; null before it was measured. */
  readonly first_token_ms: number | null;
  /** How many retries the budget has refused since the start. */
  readonly retries_refused: number;
}

/** What is known of every model of every chain. */
export interface LimitList {
  readonly object: 'list';
  readonly data: readonly LimitStatus[];
}

/** One entry of a plan: whether and when it would be asked. */
export interface PlannedEntry {
  readonly provider: string;
  readonly model: string;
  readonly key: number | null;
  /** Asked in its turn, asked if it heals in time, asked if nobody else answers, or not asked at all. */
  readonly action: 'try' | 'wait' | 'last_resort' | 'skip';
  /** In one sentence. */
  readonly reason: string;
  /** Tokens that would be booked for it. */
  readonly tokens: number;
  /** When what stands against it is over, milliseconds since the epoch; null where nothing does, or nobody knows. */
  readonly retry_at: number | null;
}

/** What would be asked for a request, in which order. */
export interface ChainPlan {
  readonly object: 'chain.plan';
  /** The chain that the request's model means. */
  readonly chain: string;
  readonly policy: OrderPolicy;
  readonly data: readonly PlannedEntry[];
}
