import type { SseEvent } from '../../../domain/stream-grammar.ts';
import { namedEvent } from '../../../sse/framing.ts';

const NO_EVENTS: readonly SseEvent[] = Object.freeze([]);

/** The events of one response, each with the next number. */
export class NumberedEvents {
  #events: SseEvent[] = [];
  #next = 0;

  /** The number of the next event. */
  get next(): number {
    return this.#next;
  }

  /** Adds an event. `members`: JSON of the members beside its type and number, without the braces. */
  add(type: string, members: string): void {
    this.#events.push(namedEvent(type, `{"type":"${type}","sequence_number":${this.#next++},${members}}`));
  }

  /** The events since the last time. */
  take(): readonly SseEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
