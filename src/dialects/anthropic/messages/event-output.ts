import type { SseEvent } from '../../../domain/stream-grammar.ts';
import { namedEvent } from '../../../sse/framing.ts';
import { MessageFold } from './message-fold.ts';

/** The kinds of deltas, each with the member that holds its text. */
const MEMBERS = Object.freeze({
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'partial_json',
});

/** A kind of delta. */
export type DeltaType = keyof typeof MEMBERS;

/** Takes the events of one message. */
export interface EventOutput {
  /** Any event. `type`: its own. */
  add(type: string, event: Readonly<Record<string, unknown>>): void;
  /** The most frequent event. `index`: the block's. */
  addDelta(index: number, type: DeltaType, text: string): void;
  /** The events since the last call, for a stream. */
  take(): readonly SseEvent[];
  /** The message of all events. */
  message(): object;
}

/** Makes the output of a stream, which keeps nothing, or of one JSON answer. */
export function createEventOutput({ stream }: { readonly stream: boolean }): EventOutput {
  return stream ? new StreamOutput() : new MessageOutput();
}

const NO_EVENTS: readonly SseEvent[] = Object.freeze([]);

class StreamOutput implements EventOutput {
  #events: SseEvent[] | undefined;

  add(type: string, event: Readonly<Record<string, unknown>>): void {
    (this.#events ??= []).push(namedEvent(type, JSON.stringify({ type, ...event })));
  }

  addDelta(index: number, type: DeltaType, text: string): void {
    const delta = `{"type":"${type}","${MEMBERS[type]}":${JSON.stringify(text)}}`;
    const json = `{"type":"content_block_delta","index":${index},"delta":${delta}}`;
    (this.#events ??= []).push(namedEvent('content_block_delta', json));
  }

  take(): readonly SseEvent[] {
    const events = this.#events ?? NO_EVENTS;
    this.#events = undefined;
    return events;
  }

  message(): object {
    return {};
  }
}

class MessageOutput implements EventOutput {
  readonly #fold = new MessageFold();

  add(type: string, event: Readonly<Record<string, unknown>>): void {
    this.#fold.add({ type, ...event });
  }

  addDelta(index: number, type: DeltaType, text: string): void {
    this.#fold.add({ type: 'content_block_delta', index, delta: { type, [MEMBERS[type]]: text } });
  }

  take(): readonly SseEvent[] {
    return NO_EVENTS;
  }

  message(): object {
    return this.#fold.message() ?? {};
  }
}
