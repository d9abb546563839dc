import type { SseEvent } from '../domain/stream-grammar.ts';
import { createEventScanner, type EventScanner, EventTooLarge, type Runs } from '../sse/event-scanner.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { createKeptText, hasContent } from './kept-text.ts';
import { createLeadIn } from './lead-in.ts';

/** Notified of what a 2xx body turns out to be. */
export interface BodyListener {
  /** One event, if the body is a stream of events. */
  onEvent(event: SseEvent): void;
  /** The whole body at its end, without its lead-in, if it is anything else; the beginning at once if it is markup. Called last. */
  onText(body: Buffer): void;
  /** So many more bytes of such a text have arrived. White space, with which some providers keep a connection alive, does not count. */
  onMore(bytes: number): void;
  /** How runs of events pass that need no inspection each; without it `onEvent` gets every one. */
  readonly runs?: Runs | undefined;
  /** An event or the body exceeds its limit. Called last. */
  onTooLarge(message: string): void;
}

/** Reads one body. */
export interface BodyReader {
  push(bytes: Buffer): void;
  /** The body has ended. */
  end(): void;
}

/** Largest JSON answer, in bytes: images in base64 fit. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Most bytes before the content: white space and comments keep a connection alive, one at a time. */
const MAX_LEAD_IN_BYTES = 16 * 1024 * 1024;

/**
 * Reads a 2xx body by the first byte of its content rather than by its content-type, because servers send JSON in place of a stream, a stream
 * in place of JSON, and either under any content-type. No field of an event stream begins as a JSON object or markup does. Comments before the
 * content are of neither. A whole object on the first line, with more lines after it, begins a stream whose events have lost their `data: `.
 */
export function createBodyReader(type: string | undefined, listener: BodyListener): BodyReader {
  const leadIn = createLeadIn();
  const text = createKeptText();
  let decided: 'events' | 'text' | undefined;
  let over = false;
  let leadInBytes = 0;
  let scanner: EventScanner | undefined;

  function tooLarge(message: string): void {
    over = true;
    text.drop();
    listener.onTooLarge(message);
  }

  /** Scans bytes, or ends the scan. The scanner is made on first use: JSON bodies need none. What a listener throws passes through. */
  function scan(bytes: Buffer | undefined): void {
    scanner ??= createEventScanner((event) => listener.onEvent(event), { runs: listener.runs });
    try {
      if (bytes === undefined) scanner.end();
      else scanner.push(bytes);
    } catch (thrown) {
      if (!(thrown instanceof EventTooLarge)) throw thrown;
      tooLarge('The provider sent an event that is too large.');
    }
  }

  function deliver(): void {
    over = true;
    listener.onText(text.take());
  }

  return {
    push(read) {
      if (over) return;
      if (decided === 'events') return scan(read);
      const bytes = decided === undefined ? leadIn.skip(read) : read;
      if (bytes.length === 0) {
        leadInBytes += read.length;
        if (leadInBytes > MAX_LEAD_IN_BYTES) tooLarge('The provider sent too much before the answer.');
        return;
      }
      const begins = decided === undefined;
      decided ??= kindOf(type, bytes[0]);
      if (decided === 'events') return scan(bytes);
      text.add(bytes);
      if (text.size > MAX_ANSWER_BYTES) return tooLarge('The answer is too large.');
      if (begins && bytes[0] === MARKUP) return deliver();
      if (text.hasLinesOfObjects()) {
        decided = 'events';
        return scan(text.take());
      }
      if (hasContent(bytes)) listener.onMore(bytes.length);
    },
    end() {
      if (over) return;
      if (decided !== 'events' && (decided === 'text' || !isEventStream(type))) return deliver();
      over = true;
      scan(undefined);
    },
  };
}

/** A reply's content-type; undefined without one. */
export function typeOf({ headers }: ReplyHead): string | undefined {
  const type = headers['content-type'];
  return Array.isArray(type) ? type[0] : type;
}

/** Whether a body of this content-type may be a stream of events; without a content-type it may. */
export function isEventStream(type: string | undefined): boolean {
  return type === undefined || saysEventStream(type);
}

/** Whether a content-type is that of an event stream. */
export function saysEventStream(type: string | undefined): boolean {
  return /^\s*text\/event-stream\b/i.test(type ?? '');
}

/** First letters of `data`, `event`, `id` and `retry`. */
const BEGINS_EVENTS: ReadonlySet<number> = new Set([0x64, 0x65, 0x69, 0x72]);
/** First byte of markup, which is never an answer, so that its end need not be awaited. */
const MARKUP = 0x3c;
/** First bytes of objects, arrays and markup. */
const BEGINS_TEXT: ReadonlySet<number> = new Set([0x7b, 0x5b, MARKUP]);

function kindOf(type: string | undefined, first: number | undefined): 'events' | 'text' {
  const events = isEventStream(type) ? !BEGINS_TEXT.has(first ?? 0) : BEGINS_EVENTS.has(first ?? 0);
  return events ? 'events' : 'text';
}
