import type { UsageTimes } from './usage-summary.ts';

/** Percentiles in milliseconds, estimated from buckets; null without any. */
export interface RecentTimes {
  /** From accept to commit, of streams. */
  readonly first_token_ms: UsageTimes | null;
  /** From accept to end. */
  readonly duration_ms: UsageTimes | null;
  /** What the gateway itself took, in milliseconds with fractions. */
  readonly overhead_ms: UsageTimes | null;
}

/** The requests of one minute that have ended in it. */
export interface RecentMinute extends RecentTimes {
  /** Start of the minute in UTC, such as `2026-11-30T09:41:00Z`. */
  readonly minute: string;
  readonly requests: number;
  /** Those whose code is neither `ok` nor `client_closed`. */
  readonly failed: number;
  /** Those that an entry answered after another one had failed. */
  readonly failovers: number;
  /** Requests for a stream. */
  readonly streams: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Of all requests whose cost is known. */
  readonly cost_usd: number;
  /** Requests whose cost is unknown. */
  readonly unknown: number;
}

/** The last 60 minutes of one process: its requests that a chain served, as in `usage.summary`. */
export interface RecentUsage {
  readonly object: 'usage.recent';
  /** Since when requests are counted, in milliseconds since the epoch: the start of the process mostly. Null where `data` is. */
  readonly since: number | null;
  /**
   * A row for each minute since then, at most 60, the oldest first; the last one is not over. Null for a tenant whose requests are not all counted, because more
   * tenants than the gateway counts have sent requests within an hour.
   */
  readonly data: readonly RecentMinute[] | null;
  /** Of the requests of all rows: percentiles have no sum. Null where `data` is. */
  readonly total: RecentTimes | null;
  /** Requests of a chain that have not ended. */
  readonly in_progress: number;
  /** Those of them whose stream has begun. */
  readonly streams_open: number;
}
