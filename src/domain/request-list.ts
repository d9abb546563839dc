import type { Door } from './door.ts';
import type { OutcomeKind } from './outcome.ts';
import type { SkipReason } from './trail.ts';
import type { Cost, UsageSource } from './usage.ts';

/** Classes of HTTP statuses. */
export const STATUS_CLASSES = ['2xx', '4xx', '5xx'] as const;

/** One of these. */
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** Which requests are wanted; each member that is given must hold. */
export interface RequestFilter {
  /** Id of a key. */
  readonly key?: string | undefined;
  readonly tenant?: string | undefined;
  readonly chain?: string | undefined;
  /** The provider and the model that answered. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** A procedure's path, such as `chat.completions.create`. */
  readonly operation?: string | undefined;
  readonly status?: StatusClass | undefined;
  /** `ok`, or the code of an error. */
  readonly code?: string | undefined;
  /** True: every code but `ok`. */
  readonly failed?: boolean | undefined;
  readonly attempts_min?: number | undefined;
  /** The outcome of any of the attempts, or `skipped`. */
  readonly outcome?: OutcomeKind | undefined;
  /** Milliseconds from accept to end, at least. */
  readonly ms_min?: number | undefined;
  /** US dollars, at least. */
  readonly cost_min?: number | undefined;
  /** The end user as a request names it, or as the request log shows it. */
  readonly user?: string | undefined;
  readonly tag?: string | undefined;
  /** The gateway's own id of a request, or a client's. */
  readonly request_id?: string | undefined;
  readonly stream?: boolean | undefined;
}

/** A page of the request log. */
export interface RequestListInput extends RequestFilter {
  /** Requests that ended then or later: a date, or an instant (RFC 3339). */
  readonly from?: string | undefined;
  /** Requests that ended before: a date, or an instant. */
  readonly to?: string | undefined;
  /** Requests older than the one of this id: `next` of a page. */
  readonly before?: string | undefined;
  /** Requests newer than the one of this id, the nearest of them. */
  readonly after?: string | undefined;
  /** The most requests, 1 to 200; 50 unless given. */
  readonly limit?: number | undefined;
}

/** One line of a request's trail: an attempt, or an entry that was skipped. What is unknown or does not apply is null. Times in milliseconds. */
export interface RequestStep {
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1. */
  readonly key: number | null;
  readonly outcome: OutcomeKind;
  readonly reason: SkipReason | 'hedge_lost' | null;
  readonly hedge: boolean;
  readonly status: number | null;
  /** The provider's words, where they are logged (`log.vendorMessages`) and may be shown. */
  readonly message?: string | undefined;
  /** Since the accept. */
  readonly started_ms: number | null;
  /** Since the attempt's start: until the request was on a connection; null where it never was. */
  readonly connected_ms: number | null;
  /** Since the attempt's start: until the answer of a stream was final. */
  readonly first_token_ms: number | null;
  /** Since the attempt's start: until its outcome was known. A stream that answers goes on after it, up to the end of the request. */
  readonly duration_ms: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
}

/** Tokens of a request; null where a count is unknown. Parts as in `usage.summary`. */
export interface RequestUsage {
  readonly input_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly audio_input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly audio_output_tokens: number | null;
  readonly source: UsageSource;
}

/** One row of the request log. What is unknown or does not apply is null. Times in milliseconds, instants since the epoch, sizes in bytes. */
export interface RequestRecord {
  readonly object: 'request';
  /** Of the row: rows sort by it in the order of their ends. */
  readonly id: string;
  /** The gateway's own id of the request. */
  readonly request_id: string;
  /** The client's own id, which several requests may share. */
  readonly client_request_id: string | null;
  readonly accepted_at: number;
  readonly ended_at: number;
  /** Id of the key. */
  readonly key: string;
  readonly tenant: string | null;
  readonly user: string | null;
  readonly tags: readonly string[];
  readonly door: Door;
  readonly operation: string;
  readonly stream: boolean;
  readonly requested_model: string | null;
  readonly chain: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly status: number;
  readonly code: string;
  readonly attempts: number;
  /** Milliseconds in the queue of its chain. */
  readonly queued_ms: number;
  readonly committed_ms: number | null;
  /** Milliseconds that the gateway itself took. */
  readonly overhead_ms: number | null;
  readonly total_ms: number;
  readonly usage: RequestUsage | null;
  readonly cost_usd: number | null;
  readonly cost_source: Cost['source'];
  readonly cost_approximate: boolean;
  readonly input_bytes: number | null;
  readonly output_bytes: number | null;
  /** The client's address. */
  readonly remote: string | null;
  readonly trace_id: string | null;
  readonly trail: readonly RequestStep[];
  /** Steps of the trail that are left out before the last one, because it was too long. */
  readonly trail_omitted: number;
}

/** A page of the request log, the newest request first. */
export interface RequestList {
  readonly object: 'list';
  readonly data: readonly RequestRecord[];
  /** Whether there may be more behind it. A page may be short all the same: see `searched_to`. */
  readonly has_more: boolean;
  /** The value of `before`, or of `after` where that was given, for the next page; null on the last one. */
  readonly next: string | null;
  /** Where the search has stopped before the page was full, because it has read so many rows; else null. */
  readonly searched_to: string | null;
}

/** Which rows are deleted: of one of the first four. */
export interface RequestForgetInput {
  /** The end user as requests name it, or as the log shows it. */
  readonly user?: string | undefined;
  /** Id of a key. */
  readonly key?: string | undefined;
  readonly tenant?: string | undefined;
  /** Ids of rows. */
  readonly ids?: readonly string[] | undefined;
  /** Only requests that ended before: a date, or an instant; now unless given. */
  readonly before?: string | undefined;
}

/** How many rows were deleted. */
export interface RequestsForgotten {
  readonly object: 'requests.forgotten';
  readonly deleted: number;
}

/** What `requests.tail` sends: requests as they end, and how many of them were lost, because there were too many or the reader was too slow. */
export type TailedRequest =
  | { readonly kind: 'request'; readonly request: RequestRecord }
  | { readonly kind: 'lost'; readonly count: number };
