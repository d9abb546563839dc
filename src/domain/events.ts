import type { BudgetPeriod } from './budget.ts';
import type { Door } from './door.ts';
import type { OwnerRefusal } from './owner-refusal.ts';
import type { TrailStep } from './trail.ts';
import type { Cost, Usage, UsageSource } from './usage.ts';

/** The terminal event: exactly one per request, in every ending. Times in milliseconds, sizes in bytes. */
export interface RequestFinished {
  readonly kind: 'request_finished';
  /** Counts the gateway's requests from 1, in the order of their ends: unique within one process. */
  readonly seq: number;
  /** The gateway's own id of the request: unique, and ordered by the time of the accept. */
  readonly requestId: string;
  /** The client's own id where it sent a valid one; several requests may share it. */
  readonly clientRequestId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly door: Door;
  /** Name of the principal. */
  readonly principal: string;
  readonly keyId: string;
  readonly tenant: string;
  /** The client's address; undefined in process. */
  readonly remoteAddress: string | undefined;
  /**
   * The HTTP method, the path without its query, and the client's `user-agent`: for the statuses 404 and 405 only, each cut to 200 printable
   * characters and redacted.
   */
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly userAgent: string | undefined;
  /** The procedure's path. */
  readonly operation: string;
  /** Whether a stream was requested. */
  readonly stream: boolean;
  /** `model` as it was requested; undefined where the request named none. */
  readonly requestedModel: string | undefined;
  /** The end user that the request names: its `safety_identifier`, `user` or `metadata.user_id`. */
  readonly user: string | undefined;
  /** Id of the run that the request is, or that its client created or read by it. */
  readonly run: string | undefined;
  /** Labels that the application has given the request; empty without any. */
  readonly tags: readonly string[];
  /** W3C trace id; undefined where the request is not traced. */
  readonly traceId: string | undefined;
  readonly chain: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  /** Fields of the request that change an answer and that the answering provider has no counterpart for; empty mostly. */
  readonly dropped: readonly string[];
  readonly status: number;
  /** `ok`, or the code of the error; `client_closed` is no error. */
  readonly code: string;
  /** Which limit or budget of the key or the tenant has refused it; undefined where none has. */
  readonly refusal: OwnerRefusal | undefined;
  readonly usage: Usage | undefined;
  readonly usageSource: UsageSource;
  readonly cost: Cost;
  /** Size of the request's body; undefined where there was none. */
  readonly inputBytes: number | undefined;
  /** Size of the answer as the provider sent it; undefined without an answer. */
  readonly outputBytes: number | undefined;
  readonly trail: readonly TrailStep[];
  /** Whether a second entry was tried beside a first one that was slow. */
  readonly hedged: boolean;
  /** Accept to commit; undefined when nothing was committed. */
  readonly committedMs: number | undefined;
  /** In its chain's queue; 0 mostly. */
  readonly queuedMs: number;
  /** What the gateway itself took, as `overheadOf` counts it; undefined without a chain. */
  readonly overheadMs: number | undefined;
  /** Accept to end. */
  readonly totalMs: number;
}

/** What every event about a request in progress says of it. */
interface OfRequest {
  /** The gateway's own id of the request. */
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  /** Name of the chain that serves it. */
  readonly chain: string;
  /** The principal's tenant; empty without one. */
  readonly tenant: string;
}

/** The chain of a request is known, and nothing was sent yet. */
export interface RequestStarted extends OfRequest {
  readonly kind: 'request_started';
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly door: Door;
  /** The procedure's path. */
  readonly operation: string;
  /** Whether a stream was requested. */
  readonly stream: boolean;
  /** `model` as it was requested; undefined where the request named none. */
  readonly requestedModel: string | undefined;
  /** Name of the principal. */
  readonly principal: string;
  readonly keyId: string;
}

/** A request begins to wait in its chain's queue. */
export interface RequestQueued extends OfRequest {
  readonly kind: 'request_queued';
  /** Its place in the order in which waiting requests are served, counted from 1. */
  readonly position: number;
  /** Milliseconds until one of its entries may be tried again, at the earliest; undefined where that is unknown. */
  readonly etaMs: number | undefined;
}

/** An attempt begins. */
export interface AttemptStarted extends OfRequest {
  readonly kind: 'attempt_started';
  /** Counts the request's attempts from 1, in the order of their starts. A retry of an entry is an attempt of its own. */
  readonly n: number;
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1; undefined where it has no pool of them. */
  readonly key: number | undefined;
  /** Whether it runs beside an attempt that is still in progress. */
  readonly hedge: boolean;
}

/** The outcome of an attempt is known. */
export interface AttemptFinished extends OfRequest {
  readonly kind: 'attempt_finished';
  /** As in `AttemptStarted`. */
  readonly n: number;
  readonly step: TrailStep;
}

/** An attempt's answer is final: nothing else is sent for the request. Follows the attempt's `attempt_finished`. */
export interface Committed extends OfRequest {
  readonly kind: 'committed';
  /** As in `AttemptStarted`. */
  readonly n: number;
  readonly provider: string;
  readonly model: string;
  /** Milliseconds since the request was accepted. */
  readonly afterMs: number;
}

/** A step of a request on its way to an answer. All but `attempt_finished` are made only while something listens to them. */
export type ProgressEvent = RequestStarted | RequestQueued | AttemptStarted | AttemptFinished | Committed;

/** A wrapper around a stream hid its raw face, so the stream is served value by value, at many times the cost. A defect, never a failure. */
export interface RawFaceHidden {
  readonly kind: 'raw_face_hidden';
  readonly requestId: string;
  readonly operation: string;
}

/** An entry has refused many requests in a row that other entries answered, and is tried last. At most once an hour for each entry. */
export interface EntryRefusing {
  readonly kind: 'entry_refusing';
  readonly provider: string;
  readonly model: string;
  /** Number of the refused requests. */
  readonly requests: number;
  /** HTTP status of the last refusal; undefined where it had none. */
  readonly status: number | undefined;
}

/** An address has sent more unknown keys than a minute allows, and its unknown keys were refused for another minute, which is over. */
export interface KeysRefused {
  readonly kind: 'keys_refused';
  /** The IPv4 address, or the /64 of the IPv6 address. */
  readonly network: string;
  /** How many keys were refused, in that minute and the one before. */
  readonly keys: number;
}

/** A request has taken what is spent of a budget past its soft limit, or past its amount. Once for each of them and period. Amounts in billionths of a US dollar. */
export interface BudgetCrossed {
  readonly kind: 'budget_crossed';
  readonly owner: 'key' | 'tenant';
  /** Id of the key, or name of the tenant. */
  readonly ownerId: string;
  readonly ownerName: string;
  /** Tenant of the request's key; empty without one. */
  readonly tenant: string;
  readonly period: BudgetPeriod;
  readonly amountNano: number;
  readonly spentNano: number;
  /** Which of the two was crossed. */
  readonly threshold: 'soft' | 'amount';
  /** Start of the next period, in milliseconds since the epoch; undefined for a budget of all time. */
  readonly resetsAt: number | undefined;
}

/** The application's own function that identifies callers has thrown, or its result is not valid. The request gets `internal_error`. */
export interface IdentityFailed {
  readonly kind: 'identity_failed';
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  /** What was thrown, with its stack, redacted and at most 4096 characters long. */
  readonly problem: string;
}

/** The ledger of limits that several processes share does not answer any more, or answers again. */
export interface StateChanged {
  readonly kind: 'state_changed';
  /** `shared`: limits are counted by all processes together. `local`: this process keeps to its share of what was left. */
  readonly mode: 'shared' | 'local';
  /** Why, of a change to `local`; for people. */
  readonly reason: string | undefined;
  /** How many processes share the ledger, as far as that is known. */
  readonly processes: number;
}

/** What the gateway reports to its listeners; no request waits for one. */
export type GatewayEvent =
  | RequestFinished
  | AttemptFinished
  | RawFaceHidden
  | EntryRefusing
  | KeysRefused
  | BudgetCrossed
  | StateChanged
  | IdentityFailed;

/** Delivers an event to the listeners. Must not throw and must not wait. */
export type Emit = (event: GatewayEvent) => void;
