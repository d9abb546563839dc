import type { SseEvent } from '../domain/stream-grammar.ts';
import { createEventScanner, type EventScanner, EventTooLarge, type Runs } from '../sse/event-scanner.ts';
import type { ReplyHead } from '../upstream/transport.ts';

/** What a 2xx body turns out to be. */
export interface BodyListener {
  /** One event, if it is a stream of them. */
  onEvent(event: SseEvent): void;
  /** All of it at its end, its byte order mark apart, if it is anything else; of markup what is there at once. Nothing more is told. */
  onText(body: Buffer): void;
  /** More of such a text has come; blanks, by which some vendors keep a connection alive, are no more of it. */
  onMore(): void;
  /** How events are passed over that need no look each; without it every one is told. */
  readonly runs?: Runs | undefined;
  /** An event or the body is past its cap; nothing more is told. */
  onTooLarge(message: string): void;
}

/** Reads a body to its end. */
export interface BodyReader {
  push(bytes: Buffer): void;
  /** The bytes are over. */
  end(): void;
}

/** The largest JSON answer, in bytes: images in base64 fit. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Reads a 2xx body by what it says rather than by what its head calls it, because servers answer JSON where a stream was asked, a stream
 * where JSON was asked, and either under any content-type: no field of an event stream begins as a JSON object or markup does.
 */
export function createBodyReader(type: string | undefined, listener: BodyListener): BodyReader {
  let pieces: Buffer[] = [];
  let size = 0;
  let decided: 'events' | 'text' | undefined;
  let over = false;
  let scanner: EventScanner | undefined;

  function tooLarge(message: string): void {
    over = true;
    pieces = [];
    listener.onTooLarge(message);
  }

  /** Takes bytes, or that they are over. An event past the scanner's cap is told; what a listener throws is his. Most bodies need no scanner. */
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

  function tell(): void {
    over = true;
    listener.onText(withoutMark(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)));
  }

  function keep(bytes: Buffer): void {
    pieces.push(bytes);
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) tooLarge('The answer is too large.');
  }

  return {
    push(bytes) {
      if (over) return;
      if (decided === 'events') return scan(bytes);
      keep(bytes);
      const first = firstByte(bytes);
      const undecided = decided === undefined;
      decided ??= kindOf(type, first);
      if (undecided && first === MARKUP) return tell();
      if (decided !== 'events') return first === undefined ? undefined : listener.onMore();
      const begun = pieces;
      pieces = [];
      for (const piece of begun) scan(piece);
    },
    end() {
      if (over) return;
      if (decided !== 'events' && (decided === 'text' || !isEventStream(type))) return tell();
      over = true;
      scan(undefined);
    },
  };
}

/** A reply's content-type; undefined when it says none. */
export function typeOf({ headers }: ReplyHead): string | undefined {
  const type = headers['content-type'];
  return Array.isArray(type) ? type[0] : type;
}

/** Whether a content-type says that a body is a stream of events; without any it may be. */
export function isEventStream(type: string | undefined): boolean {
  return type === undefined || saysEventStream(type);
}

/** Whether a content-type says so in as many words. */
export function saysEventStream(type: string | undefined): boolean {
  return /^\s*text\/event-stream\b/i.test(type ?? '');
}

/** The first letters of `data`, `event`, `id` and `retry`, and the colon of a comment. */
const OF_EVENTS: ReadonlySet<number> = new Set([0x64, 0x65, 0x69, 0x72, 0x3a]);
/** How markup begins, which is never an answer: the rest of it need not be waited for. */
const MARKUP = 0x3c;
/** How objects, arrays and markup begin. */
const OF_TEXTS: ReadonlySet<number> = new Set([0x7b, 0x5b, MARKUP]);

function kindOf(type: string | undefined, first: number | undefined): 'events' | 'text' | undefined {
  if (first === undefined) return undefined;
  const events = isEventStream(type) ? !OF_TEXTS.has(first) : OF_EVENTS.has(first);
  return events ? 'events' : 'text';
}

/** JSON's blanks, and the bytes of a byte order mark, with which texts and events may begin alike. */
const OF_NOTHING: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09, 0xef, 0xbb, 0xbf]);
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** The first byte that says something. */
function firstByte(bytes: Buffer): number | undefined {
  return bytes.find((byte) => !OF_NOTHING.has(byte));
}

/** JSON has no byte order mark, and a caller's parser need not know one. */
function withoutMark(text: Buffer): Buffer {
  return text.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? text.subarray(BYTE_ORDER_MARK.length)
    : text;
}
