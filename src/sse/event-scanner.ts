import type { SseEvent } from '../domain/stream-grammar.ts';
import { createEventReader, strayLine } from './event-reader.ts';

/** Finds whole events in bytes that come in any cut. */
export interface EventScanner {
  /** Hands every event that `bytes` completes to the listener, in order, before it returns. Throws EventTooLarge. */
  push(bytes: Buffer): void;
  /** The bytes are over: an event without its blank line still counts. */
  end(): void;
}

/** Passes over events of which each need not be looked at. */
export interface Runs {
  /** Where such events that stand from `from` on end; `from` itself for none. `text()`: the bytes, one character each. */
  skim(text: () => string, from: number): number;
  /** Such events, side by side. */
  onRun(events: Buffer): void;
}

/** An event grew past the scanner's cap. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
}

/** The largest event, in bytes: room for an image in base64, not for an endless line. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** What a scanner may be made with. */
export interface ScannerOptions {
  readonly maxEventBytes?: number | undefined;
  readonly runs?: Runs | undefined;
}

/** So many pieces of one event are joined into one. */
const JOIN_AT = 256;
const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const LINE_END = Buffer.from('\n\n');
const DATA = Buffer.from('data: ');

/**
 * Makes a scanner. While a stream consists of `data: ...` lines, comments and stray objects, LF-ended, events are cut out of the bytes unparsed;
 * from the first thing else on (CR, named events, several data lines) the rest of the stream goes through the full parser.
 */
export function createEventScanner(
  onEvent: (event: SseEvent) => void,
  { maxEventBytes = MAX_EVENT_BYTES, runs }: ScannerOptions = {},
): EventScanner {
  // An event cut by the network waits in pieces and is joined once: joining at every read would be quadratic.
  let pieces: Buffer[] = [];
  let unjoined = 0;
  let waiting = 0;
  let started = false;
  let reader: ReturnType<typeof createEventReader> | undefined;

  function push(bytes: Buffer): void {
    let chunk = bytes;
    if (!started && chunk.length > 0) {
      // A byte order mark may be cut, so it is left to the full parser.
      started = true;
      if (chunk[0] === 0xef) return read(chunk);
    }
    if (reader !== undefined || chunk.includes(CR)) return read(chunk);
    if (waiting > 0) {
      const last = pieces.at(-1);
      const split = chunk[0] === LF && last?.[last.length - 1] === LF;
      if (!split && !chunk.includes('\n\n')) return keep(chunk);
      chunk = Buffer.concat([...pieces, chunk]);
      pieces = [];
      unjoined = 0;
      waiting = 0;
    }
    cut(chunk);
  }

  /** Walks the whole events of a chunk and keeps what is left. */
  function cut(chunk: Buffer): void {
    let start = 0;
    let seen: string | undefined;
    const text = (): string => (seen ??= chunk.toString('latin1'));
    while (start < chunk.length) {
      const end = runs?.skim(text, start) ?? start;
      if (end > start) {
        runs?.onRun(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end));
        start = end;
        continue;
      }
      if (chunk[start] === LF) {
        start++;
        continue;
      }
      const lineEnd = chunk.indexOf(LF, start);
      if (lineEnd !== -1 && chunk[start] === OPEN_BRACE) {
        onEvent(strayLine(chunk.subarray(start, lineEnd)));
        start = lineEnd + 1;
        continue;
      }
      if (lineEnd === -1 || lineEnd + 1 === chunk.length) return keep(chunk.subarray(start));
      if (chunk[start] === COLON) {
        start = lineEnd + 1;
        continue;
      }
      if (chunk[lineEnd + 1] !== LF || !startsWithData(chunk, start)) return read(chunk.subarray(start));
      if (lineEnd - start > maxEventBytes) throw new EventTooLarge();
      const data = chunk.subarray(start + DATA.length, lineEnd);
      onEvent({ name: undefined, data, plain: chunk.subarray(start, lineEnd + 2) });
      start = lineEnd + 2;
    }
  }

  function keep(piece: Buffer): void {
    if (piece.length === 0) return;
    pieces.push(piece);
    waiting += piece.length;
    // Tiny pieces cost several times their bytes, and each holds the memory of its whole read.
    if (++unjoined === JOIN_AT) {
      pieces.push(Buffer.concat(pieces.splice(-JOIN_AT)));
      unjoined = 0;
    }
    if (waiting > maxEventBytes) throw new EventTooLarge();
  }

  function read(chunk: Buffer): void {
    reader ??= createEventReader(onEvent, maxEventBytes, () => new EventTooLarge());
    for (const piece of pieces) reader.push(piece);
    pieces = [];
    unjoined = 0;
    waiting = 0;
    reader.push(chunk);
  }

  return {
    push,
    end() {
      // The parser drops a last line without its end, whatever it says, unless it begins as a field.
      if (pieces[0]?.[0] === OPEN_BRACE) push(LINE_END);
      if (waiting > 0) read(Buffer.alloc(0));
      reader?.end();
    },
  };
}

function startsWithData(chunk: Buffer, start: number): boolean {
  for (let index = 0; index < DATA.length; index++) if (chunk[start + index] !== DATA[index]) return false;
  return true;
}
