/** By what usage can be summed. */
export const USAGE_GROUPS = Object.freeze([
  'hour',
  'day',
  'key',
  'tenant',
  'chain',
  'provider',
  'model',
  'code',
] as const);

/** One of these. */
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Which usage is summed, and by what. */
export interface UsageInput {
  /** The first day, or by hours the first hour: a date, or an instant in it; 30 days, or 24 hours, before `to` unless given. */
  readonly from?: string | undefined;
  /** The day, or the hour, behind the last one: a date, or an instant in the last one; today or the present hour is the last one unless given. */
  readonly to?: string | undefined;
  /** One row for all unless given. With `hour` or `code` the sums are those of hours, which are kept for 90 days, and not by key. */
  readonly by?: readonly UsageGroup[] | undefined;
  /** Only `UTC`: usage is kept by UTC days. */
  readonly time_zone?: 'UTC' | undefined;
  readonly tenant?: string | undefined;
  /** Id of a key. */
  readonly key?: string | undefined;
  /** The most rows, 1 to 1000; 1000 unless given. */
  readonly limit?: number | undefined;
}

/** Sums of requests that have ended. */
export interface UsageSums {
  readonly requests: number;
  readonly input_tokens: number;
  /** Part of `input_tokens`. */
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  /** Part of `output_tokens`. */
  readonly reasoning_tokens: number;
  /** Of all requests whose cost is known. */
  readonly cost_usd: number;
  /** The part of `cost_usd` that is estimated. */
  readonly estimated_usd: number;
  /** Requests whose cost is unknown. */
  readonly unknown: number;
}

/**
 * One row of usage, with those of these labels that it is summed by. Null: without a tenant; no entry has answered. `(other)` stands for labels
 * beyond the bound of a day.
 */
export interface UsageSummaryRow extends UsageSums {
  /** The start of a UTC hour, such as `2026-11-30T09:00:00Z`. */
  readonly hour?: string | undefined;
  /** A UTC day, such as `2026-11-30`. */
  readonly day?: string | undefined;
  /** Id of a key. */
  readonly key?: string | undefined;
  readonly tenant?: string | null | undefined;
  readonly chain?: string | undefined;
  readonly provider?: string | null | undefined;
  readonly model?: string | null | undefined;
  /** `ok`, or the code of an error. */
  readonly code?: string | undefined;
  /** Requests for a stream. This and what follows is known of hours only. */
  readonly streams?: number | undefined;
  readonly attempts?: number | undefined;
  /** Requests that an entry answered after another one had failed. */
  readonly failovers?: number | undefined;
  /** Of streams, in milliseconds from accept, estimated from the buckets; null without any. */
  readonly first_token_ms?: UsageTimes | null | undefined;
  readonly duration_ms?: UsageTimes | null | undefined;
}

/** Percentiles in milliseconds. */
export interface UsageTimes {
  readonly p50: number;
  readonly p95: number;
}

/** Usage from one UTC day, or hour, up to and without another one. */
export interface UsageSummary {
  readonly object: 'list';
  readonly from: string;
  readonly to: string;
  readonly time_zone: 'UTC';
  readonly by: readonly UsageGroup[];
  /** By time, where times are summed, then the most expensive first. */
  readonly data: readonly UsageSummaryRow[];
  /** Whether the limit has cut the rows. */
  readonly has_more: boolean;
  /** The sum of all rows, those that were cut included. */
  readonly total: UsageSums;
}
