import { createParser } from 'eventsource-parser';
import type { SseEvent } from '../domain/stream-grammar.ts';
import { beginsObject, kindOfLine, withoutField } from './json-lines.ts';
import { JoinedBytes } from '../lib/joined-bytes.ts';

/** Reads events by the full grammar of the WHATWG's event streams, and lines without a field name beside them. */
export interface EventReader {
  /** Hands every event that `bytes` completes to the listener, in order, before it returns. */
  push(bytes: Buffer): void;
  /** The bytes are over: an event without its blank line still counts, and is marked as unfinished. */
  end(): void;
}

const LINES = /[^\r\n]+/g;
/** A line without meaning. */
const COMMENT = ':';
const BOM = /^\uFEFF/;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes a reader over the spec-exact parser: every line ending, cuts at any byte, several data lines, comments, names. `id` and `retry`
 * are read and dropped. Events without data are dropped. A line of an unknown field is dropped too. A line that may be JSON, though it has no
 * field or another one than `data`, is an event of its own, after the event that it interrupts. An event past `maxEventBytes` throws `tooLarge()`.
 */
export function createEventReader(
  onEvent: (event: SseEvent) => void,
  maxEventBytes: number,
  tooLarge: () => Error,
): EventReader {
  /** The bytes of a line that is not whole: the parser drops a cut line that does not begin as a field. */
  const cutLine = new JoinedBytes();
  let sinceEvent = 0;
  let unfinished: true | undefined;
  let begun = false;
  const parser = createParser({
    onEvent({ event, data }) {
      sinceEvent = 0;
      if (data.length > maxEventBytes) throw tooLarge();
      if (data !== '') onEvent({ name: event, data: Buffer.from(data), plain: undefined, unfinished });
    },
    onComment() {
      sinceEvent = 0;
    },
  });

  /** Feeds whole lines to the parser. In place of a line that is no field it gets a comment: it makes an error with a stack of each. */
  function feed(read: string): void {
    const lines = begun ? read : read.replace(BOM, '');
    begun = true;
    let text = '';
    let at = 0;
    let dispatches = false;
    for (const { 0: line, index } of lines.matchAll(LINES)) {
      const kind = kindOfLine(line);
      dispatches ||= kind === 'field' || index - at > (at === 0 ? 0 : 1);
      if (kind === 'field') continue;
      text += lines.slice(at, index) + COMMENT;
      at = index + line.length;
      if (kind === 'noise') continue;
      // A blank line dispatches the event before it; after a CR the first LF is the rest of its line end. Other lines fail the stream wherever
      // they stand.
      const isObject = beginsObject(line);
      if (dispatches || isObject) parser.feed(`${text.slice(0, -1)}${isObject ? '\n\n' : ''}`);
      text = dispatches || isObject ? COMMENT : text;
      dispatches = false;
      sinceEvent = 0;
      onEvent({ name: undefined, data: Buffer.from(withoutField(line)), plain: undefined, unfinished });
    }
    parser.feed(text + lines.slice(at));
  }

  return {
    push(bytes) {
      sinceEvent += bytes.length;
      const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
      cutLine.add(bytes.subarray(0, end));
      if (end > 0) feed(cutLine.take().toString('utf8'));
      cutLine.add(bytes.subarray(end));
      if (sinceEvent > maxEventBytes) throw tooLarge();
    },
    end() {
      unfinished = true;
      // The blank line dispatches the last event; after a whole stream it dispatches nothing.
      feed(`${cutLine.take().toString('utf8')}\n\n`);
    },
  };
}
