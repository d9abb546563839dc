import type { Redact } from '../lib/redact.ts';
import type { CommitPolicy, Target } from './chain.ts';
import type { Door } from './door.ts';
import type { RequestFinished } from './events.ts';
import type { Principal } from './principal.ts';
import type { RequestHead } from './request-head.ts';
import type { TrailStep } from './trail.ts';

/** A trace that a request continues, as the headers of W3C Trace Context spell it; not checked. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
  /** Set where another request of this gateway has begun it, and not the client. */
  readonly own?: true | undefined;
}

/** What a request's report says of it. */
export interface TracedReport {
  /** Undefined in process, and for what is refused before a door. */
  readonly head: RequestHead | undefined;
  readonly operation: string;
  /** The pattern of its path. */
  readonly route: string | undefined;
  readonly principal: Principal;
  readonly traceHeaders: TraceHeaders | undefined;
}

/** A request whose trace begins; `report` changes while it runs. */
export interface TracedRequest {
  /** The gateway's own id. */
  readonly id: string;
  readonly door: Door;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly report: TracedReport;
  readonly redact: Redact;
}

/** Traces the requests of one gateway. A gateway without traces has none, so that a request costs the tests for it. */
export interface Tracing {
  /** Begins the trace of a request: called once, as soon as its principal is known, or else at its end. Undefined where it is not traced. Never throws. */
  begin(request: TracedRequest): RequestTrace | undefined;
}

/** The trace of one request. No member throws or waits. */
export interface RequestTrace {
  /** Undefined where the gateway records nothing of the request and no client has begun the trace. */
  readonly traceId: string | undefined;
  /** For another request that continues this one. */
  readonly headers: TraceHeaders;
  /** The chain is known. */
  routed(chain: TracedChain): void;
  /** An attempt begins. Undefined where nothing is recorded of it and its provider gets no headers. */
  attempt(attempt: TracedAttempt): AttemptTrace | undefined;
  /** The outcome of an attempt is known. */
  attempted(n: number, step: TrailStep): void;
  /** The request has ended. Later calls do nothing. */
  finished(event: RequestFinished): void;
}

/** A chain that serves a traced request. */
export interface TracedChain {
  readonly name: string;
  readonly commit: CommitPolicy;
}

/** An attempt of a traced request. */
export interface TracedAttempt {
  /** Counts the request's attempts from 1. */
  readonly n: number;
  readonly target: Target;
  readonly call: {
    readonly operation: { readonly name: string };
    readonly stream: boolean;
    /** The client's body. */
    readonly body: { get(name: string): unknown };
  };
}

/** The trace of one attempt. */
export interface AttemptTrace {
  /** Headers that the provider gets; undefined for none. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** What reads the facts of an answer; undefined where nothing is recorded. */
  readonly answer: AnswerReader | undefined;
}

/** Reads id, model and finish reasons of an answer, and nothing else of it. */
export interface AnswerReader {
  /** A whole answer. */
  read(answer: object): void;
  /** The data of one event of a stream. */
  readEvent(data: Uint8Array): void;
}
