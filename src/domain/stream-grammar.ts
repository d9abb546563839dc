import type { GatewayError } from './errors.ts';
import type { Usage } from './usage.ts';
import type { ReportedError } from './provider-error.ts';

/** One server-sent event, its data still in bytes. */
export interface SseEvent {
  /** The `event:` field; undefined when there is none. */
  readonly name: string | undefined;
  readonly data: Buffer;
  /** The event's own bytes when it may pass as it is: an optional `event:` line, one `data:` line and a blank line, all LF-ended. */
  readonly plain: Buffer | undefined;
  /** The parsed form of `data`, where it is known; undefined in it where a large event is not JSON. */
  readonly parsed?: { readonly value: unknown } | undefined;
  /** The stream ended before the event's blank line, so that it may be cut. */
  readonly unfinished?: true | undefined;
}

/** What the commit gate, the watchdogs and the end of a stream need to know of one event. */
export interface Inspection {
  /** The event carries output: content, reasoning, a refusal, a piece of a tool call, an image, audio or a finish reason. */
  readonly token: boolean;
  /**
   * The event holds a part of the answer: a choice or a token count. An event without one (a ping, a preamble) does not show that the
   * provider works.
   */
  readonly feeds: boolean;
  /** The event is well formed and part of the answer, so it may be shown to the client. */
  readonly show: boolean;
  /** The event is the stream's own end mark. Nothing after it is read. */
  readonly done: boolean;
  /** Events shown in place of this one, in order; empty for none. Undefined: the event is shown as it is. Counts only with `show`. */
  readonly instead?: readonly SseEvent[] | undefined;
  /**
   * Events to inspect in place of this one, in order: it holds several, or one in a form that is not JSON. Set only where nothing else is.
   */
  readonly pieces?: readonly SseEvent[] | undefined;
  /** The event may be a piece of the answer, and cannot be read: the answer has a gap. Set only where nothing else is. */
  readonly unreadable?: true | undefined;
  readonly usage?: Usage | undefined;
  readonly error?: ReportedError | undefined;
}

/** Reads one stream of one operation in one dialect. Made anew for every attempt; keeps what it has seen. */
export interface StreamGrammar {
  inspect(event: SseEvent): Inspection;
  /**
   * The offset at which a run of whole events ends that begins at `from` and holds only tokens of the answer, like an event that was
   * inspected before; `from` itself when there is no such run. `text()`: the bytes read, one character per byte. The skipped events count
   * as inspected.
   */
  skim(text: () => string, from: number): number;
  /** Whether the events so far are a whole answer. */
  complete(): boolean;
  /** Whether everything that was requested has arrived and nothing else has begun, so that only usage and the end mark can follow. */
  settled(): boolean;
  /** Why the whole stream is no answer, where it has ended as it should; undefined where it is one, or has not ended. */
  problem(): string | undefined;
  /** Events to show after the last one of a complete stream, in order. Called once, before the end; a pass-through grammar returns none. */
  finish(): readonly SseEvent[];
  /** The events that report a failure of a stream that is shown; undefined where the API's error event needs nothing of the stream. */
  failed?(error: GatewayError): readonly SseEvent[] | undefined;
  /** Bytes of output so far, as exact as possible without parsing every event. */
  outputBytes(): number;
}
