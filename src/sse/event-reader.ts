import { createParser } from 'eventsource-parser';
import type { SseEvent } from '../domain/stream-grammar.ts';

/** Reads events by the full grammar of the WHATWG's event streams. */
export interface EventReader {
  push(bytes: Buffer): void;
  end(): void;
}

/** A line that is no field and begins as an object, for whoever knows what an error looks like. */
export function strayLine(data: Buffer): SseEvent {
  return { name: undefined, data, plain: undefined, stray: true };
}

/**
 * Makes a reader over the spec-exact parser: every line ending, cut anywhere, several data lines, comments, names.
 * `id` and `retry` are read and dropped; events without data are dropped, and so are unknown fields but for stray objects. An event past `maxEventBytes` throws `tooLarge()`.
 */
export function createEventReader(
  onEvent: (event: SseEvent) => void,
  maxEventBytes: number,
  tooLarge: () => Error,
): EventReader {
  const decoder = new TextDecoder('utf-8');
  let sinceEvent = 0;
  const parser = createParser({
    onEvent({ event, data }) {
      sinceEvent = 0;
      if (data.length > maxEventBytes) throw tooLarge();
      if (data !== '') onEvent({ name: event, data: Buffer.from(data), plain: undefined });
    },
    onComment() {
      sinceEvent = 0;
    },
    onError({ type, line = '' }) {
      if (type === 'unknown-field' && line.startsWith('{')) onEvent(strayLine(Buffer.from(line)));
    },
  });

  return {
    push(bytes) {
      sinceEvent += bytes.length;
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (sinceEvent > maxEventBytes) throw tooLarge();
    },
    end() {
      parser.feed(decoder.decode());
      // The blank line that dispatches the last event; after a whole stream it dispatches nothing.
      parser.feed('\n\n');
    },
  };
}
