import type { Door } from './scope.ts';
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
  /** The end user that the request names (OpenAI's `user`). */
  readonly user: string | undefined;
  /** Labels of the request; empty where nothing sets any. */
  readonly tags: readonly string[];
  /** W3C trace id; undefined where the request is not traced. */
  readonly traceId: string | undefined;
  readonly chain: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly status: number;
  /** `ok`, or the code of the error; `client_closed` is no error. */
  readonly code: string;
  readonly usage: Usage | undefined;
  readonly usageSource: UsageSource;
  readonly cost: Cost;
  /** Size of the request's body; undefined where there was none. */
  readonly inputBytes: number | undefined;
  /** Size of the answer as the provider sent it; undefined without an answer. */
  readonly outputBytes: number | undefined;
  readonly trail: readonly TrailStep[];
  /** Accept to commit; undefined when nothing was committed. */
  readonly committedMs: number | undefined;
  /** Accept to end. */
  readonly totalMs: number;
}

/** The outcome of an attempt is known. */
export interface AttemptFinished {
  readonly kind: 'attempt_finished';
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  readonly step: TrailStep;
}

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

/** What the gateway reports to its listeners; no request waits for one. */
export type GatewayEvent = RequestFinished | AttemptFinished | RawFaceHidden | EntryRefusing | KeysRefused;

/** Delivers an event to the listeners. Must not throw and must not wait. */
export type Emit = (event: GatewayEvent) => void;
