import type { EventStream, StreamEnd } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Inspection } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';

/** What an entry answered: a JSON value with its own bytes beside it, or a stream that has begun. */
export type Answer =
  | { readonly kind: 'json'; readonly value: object; readonly usage: Usage }
  | { readonly kind: 'stream'; readonly stream: EventStream<unknown> };

/** What one attempt came to. */
export type AttemptResult =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      /** Parameters that we put into the request and the caller did not. */
      readonly added: readonly string[];
    };

/** Decides when a stream becomes the answer. */
export interface CommitGate {
  /** The head of an event stream is enough. */
  readonly onHead: boolean;
  onEvent(inspection: Inspection): boolean;
}

/** How a committed stream ended. */
export interface EndedStream {
  readonly end: StreamEnd;
  /** What the vendor counted, or what we estimate of it. */
  readonly usage: Usage;
  /** What the entry has failed with; undefined when it has not. */
  readonly failure: Failure | undefined;
}

/** Told once how a committed stream ended. */
export type OnStreamEnd = (ended: EndedStream) => void;
