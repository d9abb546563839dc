import type { CommitPolicy, Snapshot } from './chain.ts';
import type { Door } from './door.ts';
import type { GatewayError } from './errors.ts';
import type { ProgressEvent } from './events.ts';
import type { OwnerRefusal } from './owner-refusal.ts';
import type { Principal, SessionVia } from './principal.ts';
import type { RequestHead } from './request-head.ts';
import type { RunOptions } from './run.ts';
import type { RequestTrace, TraceHeaders } from './tracing.ts';
import type { TrailStep } from './trail.ts';
import type { Usage } from './usage.ts';

/** Why an attempt is cancelled while its request continues. */
export type AttemptAbort =
  | 'connect_timeout'
  | 'headers_timeout'
  | 'first_token_timeout'
  | 'idle_timeout'
  | 'total_timeout'
  | 'hedge_lost'
  | 'write_idle'
  | 'settled';

/** What a client may request beside the answer. `trail`: the messages of an error's attempts. `cost`: what the answer cost, in its usage. */
export const INCLUDES = ['trail', 'cost'] as const;

/** One of these. */
export type Include = (typeof INCLUDES)[number];

/** Options that a client may set for one request. */
export interface RequestOptions {
  readonly commit?: CommitPolicy | undefined;
  /** Milliseconds from accept to commit. It can only shorten the chain's deadline. */
  readonly deadline?: number | undefined;
  readonly include?: readonly Include[] | undefined;
  /** `none`: its bodies are not kept, whatever the configuration says. */
  readonly log?: 'none' | undefined;
  /** Makes a stream a run, which outlives its client's connection by this policy. */
  readonly run?: Pick<RunOptions, 'disconnect' | 'graceMs'> | undefined;
}

/** The entry that answered. */
export interface Served {
  readonly chain: string;
  readonly provider: string;
  readonly model: string;
  readonly attempts: number;
  /** Fields of the request that change an answer and were not sent to it, by their names; sorted. */
  readonly dropped: readonly string[];
}

/** Facts about a request that become known while it runs: written by the doors and the chain, read for headers and records. */
export interface RequestReport {
  /** The client's address; undefined in process. */
  remoteAddress: string | undefined;
  /** Undefined in process, and for what is refused before a door. */
  head: RequestHead | undefined;
  operation: string;
  stream: boolean;
  requestedModel: string | undefined;
  user: string | undefined;
  /** Bytes of the body; undefined where there was none. */
  inputBytes: number | undefined;
  /** Bytes of the answer; undefined before there is one. */
  outputBytes: number | undefined;
  chain: string | undefined;
  /** Number of attempts that were begun. */
  attempts: number;
  trail: readonly TrailStep[];
  served: Served | undefined;
  /** Members of the answer that are estimates of the gateway, by their names; sorted. */
  estimated: readonly string[];
  committedAt: number | undefined;
  /** Milliseconds from the accept until the whole body had arrived; 0 without a body. */
  receivedMs: number;
  /** Milliseconds in its chain's queue. */
  queuedMs: number;
  /** Milliseconds of pauses before retries. */
  pausedMs: number;
  /** Response headers of the request itself: what admission says of the principal's own limits, or what a procedure sets. */
  headers: Readonly<Record<string, string>>;
  /** Whether it is an open subscription that no chain answers. */
  subscription: boolean;
  /** Labels of the request, for its record. */
  tags: readonly string[];
  /** The principal, once known. */
  principal: Principal;
  /** Its place among the requests that run at once, which is free again at its end; undefined where it has none, for example because its run has it. */
  place: Disposable | undefined;
  /** The run that it is, or that its client creates or reads, with that run's own facts. */
  run: ReportedRun | undefined;
  /** SHA-256 of the key that it was known by, in lower-case hexadecimal digits; undefined without a key. In no record. */
  keyDigest: string | undefined;
  /** How the client was authenticated; undefined where it was not, in process, and where an application has done it. */
  via: SessionVia | undefined;
  /** Digest of the session that it was known by; undefined without one. In no record. */
  session: string | undefined;
  /** Gets the progress of this one request; undefined unless something listens to it. Must not throw and must not wait. */
  onProgress: ((event: ProgressEvent) => void) | undefined;
  /** The pattern of its path, such as `/v1/responses/{id}`; undefined where nothing is at the path, and where it is not REST's. */
  route: string | undefined;
  /** The trace that it continues; undefined for none, and where nothing is traced. */
  traceHeaders: TraceHeaders | undefined;
  /** Undefined where nothing is traced, and before the principal is known. */
  trace: RequestTrace | undefined;
}

/** What answers about a run say of its request. */
export type RunFacts = Pick<Readonly<RequestReport>, 'served' | 'estimated' | 'headers' | 'stream' | 'trail'>;

/** A run that a request is, creates or reads. */
export interface ReportedRun {
  readonly id: string;
  readonly report: RunFacts;
  /** Whether this process alone knows it, although it should be shared. */
  readonly isUnshared?: boolean | undefined;
}

/** What a request knows of its client, beside the principal. */
type ClientFacts = Pick<
  RequestReport,
  'remoteAddress' | 'head' | 'tags' | 'keyDigest' | 'via' | 'session' | 'traceHeaders'
>;

/** Gives another request of the same client what is known of it. */
export function copyClientFacts(from: Readonly<ClientFacts>, to: ClientFacts): void {
  to.remoteAddress = from.remoteAddress;
  to.head = from.head;
  to.tags = from.tags;
  to.keyDigest = from.keyDigest;
  to.via = from.via;
  to.session = from.session;
  to.traceHeaders = from.traceHeaders;
}

/** The ids of one request. */
export interface RequestIds {
  /** Made by the gateway: unique, and ordered by time. */
  readonly id: string;
  /** The client's own id where it sent a valid one. Other requests may have the same. */
  readonly clientRequestId: string | undefined;
}

/** The id under which a client knows its request: its own, else the gateway's. `x-request-id` and tRPC's error bodies have it. */
export function shownRequestId({ id, clientRequestId }: RequestIds): string {
  return clientRequestId ?? id;
}

/** Everything that belongs to one request. Lives from accept to the request's one terminal event. */
export interface RequestScope extends RequestIds {
  readonly door: Door;
  readonly principal: Principal;
  readonly snapshot: Snapshot;
  readonly options: RequestOptions;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly signal: AbortSignal;
  readonly report: RequestReport;
  /** Milliseconds since the epoch from which the deadline counts: the accept, unless the request has begun again. */
  readonly deadlineFrom: number;
  /** The proxies in front of the gateway, as the header names them; undefined for none. */
  readonly via: string | undefined;
  /** Headers of every upstream request made for this one: its id, and the proxies that it has passed. */
  readonly upstreamHeaders: Readonly<Record<string, string>>;
  /** The same request once its principal and options are known; `via` names the proxies in front, as the header does. */
  as(principal: Principal, options: RequestOptions, via?: string): RequestScope;
  /** The same request under another signal, which must follow the scope's own. An object spread of a scope lacks its getters. */
  below(signal: AbortSignal): RequestScope;
  /** The entry whose answer broke off before the request began again; it is tried last. */
  readonly brokenOff: Pick<Served, 'provider' | 'model'> | undefined;
  /** The same request, which begins again now: its deadline counts from `at`, in milliseconds since the epoch. */
  again(at: number): RequestScope;
  /** Notes that the whole body has arrived. */
  received(): void;
  /** Emits the request's one terminal event; later calls do nothing. */
  finish(ending: RequestEnding): void;
  /** Finishes with an error, or with `client_closed` when the client has disconnected. */
  fail(error: GatewayError): void;
}

/** How a request ended, as its terminal event reports it. */
export interface RequestEnding {
  readonly status: number;
  /** `ok`, or the code of the error. */
  readonly code: string;
  /** What the answer used; what the attempts are known to have used where there is none. */
  readonly usage?: Usage | undefined;
  /** Why admission has refused it; undefined where it has not. */
  readonly refusal?: OwnerRefusal | undefined;
}
