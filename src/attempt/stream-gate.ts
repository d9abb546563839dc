import type { SseEvent, Inspection } from '../domain/stream-grammar.ts';
import { eventBytes } from '../sse/framing.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { AttemptContext } from './attempt-context.ts';

/** Most bytes of events that are held before one of them opens the gate. The event that opens it does not count. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Holds a stream's events until one of them opens it. Opening is the commit: from then on the stream is the answer. */
export class StreamGate {
  readonly #context: AttemptContext;
  readonly #answer: AnswerStream<unknown>;
  #heldBytes = 0;
  committed = false;

  constructor(context: AttemptContext, answer: AnswerStream<unknown>) {
    this.#context = context;
    this.#answer = answer;
  }

  /** Whether more was held back than an entry may send before its first token. */
  get overflown(): boolean {
    return !this.committed && this.#heldBytes > MAX_HELD_BYTES;
  }

  /** Adds an event to the stream; before the commit it is held there. */
  show(event: SseEvent): void {
    const bytes = eventBytes(event);
    if (event.name !== undefined) this.#answer.setNamed();
    if (!this.committed) this.#heldBytes += bytes.length;
    this.#answer.add(bytes);
  }

  /** Commits if the policy says that this event is enough. */
  inspect(seen: Inspection): void {
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
