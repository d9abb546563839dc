import type { Door } from './door.ts';
import type { LimitStatus } from './limit-list.ts';
import type { OutcomeKind } from './outcome.ts';
import type { SkipReason } from './trail.ts';

/** The kinds of events that `events.watch` sends on request. */
export const WATCH_KINDS = [
  'request_started',
  'request_queued',
  'attempt_started',
  'attempt_finished',
  'committed',
  'request_finished',
  'limit',
] as const;

/** One of these. */
export type WatchKind = (typeof WATCH_KINDS)[number];

/** Which events `events.watch` sends: all that the key may see unless given. */
export interface WatchInput {
  /** Chains, aliases or `provider/model`. */
  readonly chains?: readonly string[] | undefined;
  readonly kinds?: readonly WatchKind[] | undefined;
}

/** What every event about a request says of it. */
interface OfRequest {
  /** The gateway's own id of the request. */
  readonly request_id: string;
  /** The client's own id; null where it sent none. */
  readonly client_request_id: string | null;
  /** Name of the chain that serves it. */
  readonly chain: string;
  /** The tenant of its key; null without one. */
  readonly tenant: string | null;
}

/** The facts about a request that are known from its start to its end. */
interface RequestFacts extends OfRequest {
  /** Milliseconds since the epoch. */
  readonly accepted_at: number;
  readonly door: Door;
  /** The procedure's path. */
  readonly operation: string;
  /** Whether a stream was requested. */
  readonly stream: boolean;
  /** `model` as it was requested; null where the request named none. */
  readonly requested_model: string | null;
  /** Name of the key, and its id. */
  readonly principal: string;
  readonly key_id: string;
}

/** The chain of a request is known, and nothing was sent yet. */
export interface WatchedRequestStarted extends RequestFacts {
  readonly kind: 'request_started';
}

/** A request begins to wait in its chain's queue. */
export interface WatchedRequestQueued extends OfRequest {
  readonly kind: 'request_queued';
  /** Its place in the order in which waiting requests are served, counted from 1. */
  readonly position: number;
  /** Milliseconds until one of its entries may be tried again, at the earliest; null where that is unknown. */
  readonly eta_ms: number | null;
}

/** An attempt begins. */
export interface WatchedAttemptStarted extends OfRequest {
  readonly kind: 'attempt_started';
  /** Counts the request's attempts from 1, in the order of their starts. */
  readonly n: number;
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key, counted from 1; null without a pool of keys. */
  readonly key: number | null;
  /** Whether it runs beside an attempt that is still in progress. */
  readonly hedge: boolean;
}

/** What an attempt or an answer used, as far as it is known. */
export interface WatchedUsage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  /** Counted by the provider, or estimated by the gateway. */
  readonly source: 'provider' | 'estimated';
}

/** An attempt that has ended, or an entry that was skipped. */
export interface WatchedStep {
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key, counted from 1; null without a pool of keys. */
  readonly key: number | null;
  readonly outcome: OutcomeKind;
  /** Why the entry was skipped, or `hedge_lost` for an attempt that was cancelled because the other one has answered; otherwise null. */
  readonly reason: SkipReason | 'hedge_lost' | null;
  /** Whether it was sent beside another one, which was slow. */
  readonly hedge: boolean;
  /** The provider's HTTP status; null without a reply that was refused. */
  readonly status: number | null;
  /** The provider's words. Absent, as in error bodies, without a key of the role `admin` or `include: ['trail']`. */
  readonly message?: string | undefined;
  /** Milliseconds from the accept of the request to the start of the attempt; null for a skipped entry. */
  readonly started_ms: number | null;
  /** Milliseconds from there until the request was on a connection; null where it never was. */
  readonly connected_ms: number | null;
  /** Milliseconds from the start to its outcome, which for a stream that answers is its commit; null for a skipped entry. */
  readonly duration_ms: number | null;
  /** What it used; null while that is unknown, as it is of a stream before its end. */
  readonly usage: WatchedUsage | null;
  /** US dollars; null where that is unknown. */
  readonly cost_usd: number | null;
}

/** The outcome of an attempt is known. */
export interface WatchedAttemptFinished extends OfRequest, WatchedStep {
  readonly kind: 'attempt_finished';
  /** As in `attempt_started`. */
  readonly n: number;
}

/** An attempt's answer is final. Follows its `attempt_finished`. */
export interface WatchedCommitted extends OfRequest {
  readonly kind: 'committed';
  /** As in `attempt_started`. */
  readonly n: number;
  readonly provider: string;
  readonly model: string;
  /** Milliseconds since the request was accepted. */
  readonly after_ms: number;
}

/** A request has ended: of every request that has started exactly one. */
export interface WatchedRequestFinished extends RequestFacts {
  readonly kind: 'request_finished';
  /** The entry that answered; null without an answer. */
  readonly provider: string | null;
  readonly model: string | null;
  readonly status: number;
  /** `ok`, or the code of the error. */
  readonly code: string;
  /** Number of attempts that have ended. */
  readonly attempts: number;
  /** Attempts and skipped entries, in the order of their ends. */
  readonly trail: readonly WatchedStep[];
  readonly usage: WatchedUsage | null;
  /** US dollars; null where that is unknown. */
  readonly cost_usd: number | null;
  /** Milliseconds from accept to commit; null without one. */
  readonly committed_ms: number | null;
  /** Milliseconds from accept to end. */
  readonly total_ms: number;
}

/** A row of `limits.list`: every row once at the beginning, then each row that changes. */
export interface WatchedLimit {
  readonly kind: 'limit';
  readonly limit: LimitStatus;
}

/** Events of requests were dropped, because there were too many of them or the reader was too slow. */
export interface WatchedLoss {
  readonly kind: 'lost';
  /** How many, since the last event of this kind. */
  readonly count: number;
}

/** What `events.watch` sends; more kinds may be added. Times in milliseconds. */
export type WatchedEvent =
  | WatchedRequestStarted
  | WatchedRequestQueued
  | WatchedAttemptStarted
  | WatchedAttemptFinished
  | WatchedCommitted
  | WatchedRequestFinished
  | WatchedLimit
  | WatchedLoss;
