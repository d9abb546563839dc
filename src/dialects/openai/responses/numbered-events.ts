import type { SseEvent } from '../../../domain/stream-grammar.ts';
import { namedEvent } from '../../../sse/framing.ts';

const NO_EVENTS: readonly SseEvent[] = Object.freeze([]);

/** The events of one response, each with the next number. */
export class NumberedEvents {
  readonly #isStream: boolean;
  #events: SseEvent[] = [];
  #next = 0;

  /** Without a stream no event is written. */
  constructor({ stream }: { readonly stream: boolean }) {
    this.#isStream = stream;
  }

  /** The number of the next event. */
  get next(): number {
    return this.#next;
  }

  /** Adds an event. `members`: JSON of the members beside its type and number, without the braces; the last one without its value, where that is given. */
  add(type: string, members: string, value?: unknown): void {
    if (!this.#isStream) return;
    const last = value === undefined ? '' : JSON.stringify(value);
    this.#events.push(namedEvent(type, `{"type":"${type}","sequence_number":${this.#next++},${members}${last}}`));
  }

  /** The events since the last time. */
  take(): readonly SseEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
