import type { SseEvent, Inspection } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';
import { withUsageCost } from '../dialects/usage-cost.ts';
import { eventBytes } from '../sse/framing.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { AttemptContext } from './attempt-context.ts';
import { MAX_ANSWER_BYTES } from './body-reader.ts';

/** Most bytes of events that are held before one of them opens the gate. The event that opens it does not count. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** An event with a usage has this in it. */
const USAGE = '"usage"';

/**
 * Holds a stream's events until one of them opens it. Opening is the commit: from then on the stream is the answer. A stream whose answer is
 * checked is held until it is complete.
 */
export class StreamGate {
  readonly #context: AttemptContext;
  readonly #answer: AnswerStream<unknown>;
  /** The data of the events, for a check of what they make. */
  readonly #data: Buffer[] | undefined;
  #heldBytes = 0;
  committed = false;

  constructor(context: AttemptContext, answer: AnswerStream<unknown>) {
    this.#context = context;
    this.#answer = answer;
    this.#data = context.options.call.answerCheck === undefined ? undefined : [];
  }

  /** The data of the events that wait for a check; undefined where none does. */
  get unchecked(): readonly Buffer[] | undefined {
    return this.committed ? undefined : this.#data;
  }

  /** Whether more is held than an entry may send before its first token, or than an answer that is checked may have. */
  get overflown(): boolean {
    return !this.committed && this.#heldBytes > (this.#data === undefined ? MAX_HELD_BYTES : MAX_ANSWER_BYTES);
  }

  /** Adds an event to the stream; before the commit it is held there. `usage`: what the stream has used by now, where that is known. */
  show(shown: SseEvent, usage: Usage | undefined): void {
    this.#context.options.answerReader?.readEvent(shown.data);
    const event = this.#withCost(shown, usage);
    const bytes = eventBytes(event);
    if (event.name !== undefined) this.#answer.setNamed();
    if (!this.committed) {
      this.#heldBytes += bytes.length;
      this.#data?.push(event.data);
    }
    this.#answer.add(bytes);
  }

  #withCost(event: SseEvent, usage: Usage | undefined): SseEvent {
    const { costOf } = this.#context.options;
    if (costOf === undefined || usage === undefined || !event.data.includes(USAGE)) return event;
    const { name, data, plain } = event;
    const shown = withUsageCost(data, costOf(usage));
    return shown === data ? event : { name, data: shown, plain: plain && replaceIn(plain, data, shown) };
  }

  /** Commits if the policy says that this event is enough. */
  inspect(seen: Inspection): void {
    if (seen.token && this.unchecked !== undefined) this.#context.watchdogs.begun();
    if (!this.committed && this.#context.options.gate.onEvent(seen)) this.commit();
  }

  /** Idempotent. */
  commit(): void {
    if (this.committed) return;
    this.committed = true;
    this.#context.watchdogs.committed();
    this.#context.settle({ kind: 'answered', answer: { kind: 'stream', stream: this.#answer.stream } });
  }
}

/** The bytes with `part`, which is in them, replaced by `by`. */
function replaceIn(bytes: Buffer, part: Buffer, by: Buffer): Buffer {
  const at = bytes.indexOf(part);
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + part.length)]);
}
