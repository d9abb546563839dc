import { createParser } from 'eventsource-parser';
import type { SseEvent } from '../domain/stream-grammar.ts';

/** Reads events by the full grammar of the WHATWG's event streams. */
export interface EventReader {
  /** Hands every event that `bytes` completes to the listener, in order, before it returns. */
  push(bytes: Buffer): void;
  /** The bytes are over: an event without its blank line still counts. */
  end(): void;
}

/** A line that is no field and begins as an object, for code that knows what an error looks like. */
export function strayLine(data: Buffer): SseEvent {
  return { name: undefined, data, plain: undefined, stray: true };
}

/**
 * Makes a reader over the spec-exact parser: every line ending, cuts at any byte, several data lines, comments, names. `id` and `retry`
 * are read and dropped. Events without data are dropped, and so are unknown fields, except for stray objects. An event past
 * `maxEventBytes` throws `tooLarge()`.
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
  const feed = holdingStrays((text) => parser.feed(text));

  return {
    push(bytes) {
      sinceEvent += bytes.length;
      feed(decoder.decode(bytes, { stream: true }));
      if (sinceEvent > maxEventBytes) throw tooLarge();
    },
    end() {
      feed(decoder.decode());
      // The blank line that dispatches the last event; after a whole stream it dispatches nothing.
      feed('\n\n');
    },
  };
}

/** Holds a line that begins as an object until it is whole: the parser drops a cut line that does not begin as a field. */
function holdingStrays(feed: (text: string) => void): (text: string) => void {
  let held: string[] = [];
  let atLineStart = true;
  return (text) => {
    if (text === '') return;
    const lineStart = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    if (held.length > 0 && lineStart === 0) return void held.push(text);
    const holds = text[lineStart] === '{' && (lineStart > 0 || atLineStart);
    const whole = holds ? text.slice(0, lineStart) : text;
    atLineStart = lineStart === text.length;
    feed(held.join('') + whole);
    held = holds ? [text.slice(lineStart)] : [];
  };
}
