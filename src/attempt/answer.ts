import type { EventStream, StreamEnd } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Inspection } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';

/** An entry's answer: a JSON value with its own bytes beside it, or a committed stream. */
export type Answer =
  | { readonly kind: 'json'; readonly value: object; readonly usage: Usage; readonly bytes: number }
  | { readonly kind: 'stream'; readonly stream: EventStream<unknown> };

/** An attempt that has answered. */
export interface AnsweredResult {
  readonly kind: 'answered';
  readonly answer: Answer;
  /** The client's fields that were not sent (`Encoded.dropped`). */
  readonly dropped?: readonly string[] | undefined;
  /** As in `FailedResult`. */
  readonly connectedAt?: number | undefined;
}

/** An attempt that has failed. */
export interface FailedResult {
  readonly kind: 'failed';
  readonly failure: Failure;
  /** Parameters that the request did not need (`Encoded.added`). */
  readonly added: readonly string[];
  /**
   * What the attempt is known to have used: its answered parts, and an estimate for a reply that had begun when the request was cancelled.
   * Undefined without either.
   */
  readonly used?: Usage | undefined;
  /**
   * When the attempt's first exchange had a connection, in milliseconds since the epoch: set by `attemptTarget`. Undefined where none had.
   */
  readonly connectedAt?: number | undefined;
}

/** The result of one attempt. */
export type AttemptResult = AnsweredResult | FailedResult;

/** Decides when a stream becomes the answer. */
export interface CommitGate {
  /** Whether the head of an event stream is enough. */
  readonly onHead: boolean;
  onEvent(inspection: Inspection): boolean;
}

/** How a committed stream ended. */
export interface EndedStream {
  readonly end: StreamEnd;
  /** Counted by the provider, or estimated. */
  readonly usage: Usage;
  /** Bytes of events that were passed on. */
  readonly bytes: number;
  /** The entry's failure; undefined where the stream is complete or the client disconnected. */
  readonly failure: Failure | undefined;
}

/** Called once when a committed stream has ended. */
export type OnStreamEnd = (ended: EndedStream) => void;
