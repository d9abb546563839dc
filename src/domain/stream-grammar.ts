import type { Usage } from './usage.ts';
import type { ReportedError } from './provider-error.ts';

/** One server-sent event, its data still in bytes. */
export interface SseEvent {
  /** The `event:` field; undefined when there was none. */
  readonly name: string | undefined;
  readonly data: Buffer;
  /** The event as it came, when it is exactly one LF-ended `data:` line and a blank one and so may pass as it is. */
  readonly plain: Buffer | undefined;
  /** No event but a line between them that is no field and begins as an object: an error may be told so, never a piece of an answer. */
  readonly stray?: true | undefined;
}

/** What the gate, the watchdogs and the end of a stream need to know of one event. */
export interface Inspection {
  /** It carries output: content, reasoning, a refusal, a tool-call fragment, audio or a finish reason. */
  readonly token: boolean;
  /** It holds something of the answer: a choice or a count. What does not (a ping, a lead-in) shows nobody that the vendor is at work. */
  readonly feeds: boolean;
  /** It is well formed and part of the answer, so it may be shown to the caller. */
  readonly show: boolean;
  /** It is the stream's own end mark; nothing after it is read. */
  readonly done: boolean;
  /** What is shown in place of the event's data, where the vendor's would break a client. */
  readonly mended?: Buffer | undefined;
  readonly usage?: Usage | undefined;
  readonly error?: ReportedError | undefined;
}

/** Reads one stream of one operation in one dialect. Made afresh for every attempt; keeps what it has seen. */
export interface StreamGrammar {
  inspect(event: SseEvent): Inspection;
  /**
   * Where the whole events end that stand one after the other from `from` on and are tokens of the answer and nothing else, like one that
   * was inspected; `from` itself where none does. `text()`: what was read, one character a byte. They count as inspected.
   */
  skim(text: () => string, from: number): number;
  /** Whether what was seen so far is a whole answer. */
  complete(): boolean;
  /** Whether all that was asked for is there and nothing else has begun, so that only remarks (usage, the end mark) can follow. */
  settled(): boolean;
  /** Bytes of output seen so far, as good as can be said without reading every event. */
  outputBytes(): number;
}
