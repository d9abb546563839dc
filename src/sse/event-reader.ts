import { createParser } from 'eventsource-parser';
import type { SseEvent } from '../domain/stream-grammar.ts';
import { createPieces } from './pieces.ts';

/** Reads events by the full grammar of the WHATWG's event streams, and lines without a field name beside them. */
export interface EventReader {
  /** Hands every event that `bytes` completes to the listener, in order, before it returns. */
  push(bytes: Buffer): void;
  /** The bytes are over: an event without its blank line still counts, and is marked as unfinished. */
  end(): void;
}

/** A line that begins as an object, where it is no field of an event: an event that has lost its `data: `, or misspells it. */
const OBJECT_LINE = /^\s*(?:data\s*:\s*)*\{/i;
/** The end of a line that was cut may still show what it is. Other fields of unknown names hold no quote. */
const QUOTE = '"';
const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes a reader over the spec-exact parser: every line ending, cuts at any byte, several data lines, comments, names. `id` and `retry`
 * are read and dropped. Events without data are dropped. A line of an unknown field is dropped too, unless it may be JSON: then it is an event
 * of its own, after the event that it interrupts. An event past `maxEventBytes` throws `tooLarge()`.
 */
export function createEventReader(
  onEvent: (event: SseEvent) => void,
  maxEventBytes: number,
  tooLarge: () => Error,
): EventReader {
  /** The bytes of a line that is not whole: the parser drops a cut line that does not begin as a field. */
  const cutLine = createPieces();
  let sinceEvent = 0;
  let unfinished: true | undefined;
  const parser = createParser({
    onEvent({ event, data }) {
      sinceEvent = 0;
      if (data.length > maxEventBytes) throw tooLarge();
      if (data !== '') onEvent({ name: event, data: Buffer.from(data), plain: undefined, unfinished });
    },
    onComment() {
      sinceEvent = 0;
    },
    onError({ type, line = '' }) {
      if (type !== 'unknown-field') return;
      // A blank line dispatches the event before it. Other lines are noise, or fail the stream wherever they stand.
      if (OBJECT_LINE.test(line)) parser.feed('\n');
      else if (!line.includes(QUOTE)) return;
      sinceEvent = 0;
      onEvent({ name: undefined, data: Buffer.from(line), plain: undefined, unfinished });
    },
  });

  return {
    push(bytes) {
      sinceEvent += bytes.length;
      const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
      if (end > 0) parser.feed(Buffer.concat([...cutLine.take(), bytes.subarray(0, end)]).toString('utf8'));
      cutLine.add(bytes.subarray(end));
      if (sinceEvent > maxEventBytes) throw tooLarge();
    },
    end() {
      unfinished = true;
      // The blank line dispatches the last event; after a whole stream it dispatches nothing.
      parser.feed(`${Buffer.concat(cutLine.take()).toString('utf8')}\n\n`);
    },
  };
}
