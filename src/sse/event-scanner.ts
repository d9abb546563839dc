import type { SseEvent } from '../domain/stream-grammar.ts';
import { createEventReader, type EventReader } from './event-reader.ts';
import { kindOfLine, mayBeJson, withoutField } from './json-lines.ts';
import { JoinedBytes } from '../lib/joined-bytes.ts';

/** Finds whole events in bytes that arrive in any cut. */
export interface EventScanner {
  /** Hands every event that `bytes` completes to the listener, in order, before it returns. Throws EventTooLarge. */
  push(bytes: Buffer): void;
  /** The bytes are over: an event without its blank line still counts. */
  end(): void;
}

/** Skips runs of events that need no inspection one by one. */
export interface Runs {
  /** The offset at which the run of such events that begins at `from` ends; `from` itself for none. `text()`: the bytes, one character each. */
  skim(text: () => string, from: number): number;
  /** Takes such a run: whole events, one after the other. */
  onRun(events: Buffer): void;
}

/** An event grew past the scanner's cap. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
}

/** The largest event, in bytes: room for several images in base64, not for an endless line. */
export const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** The largest event that needs the full parser, in bytes: that reads it several times over. */
export const MAX_PARSED_EVENT_BYTES = 16 * 1024 * 1024;

/** Optional settings of a scanner. */
export interface ScannerOptions {
  /** The largest event, in bytes; MAX_EVENT_BYTES unless given. */
  readonly maxEventBytes?: number | undefined;
  readonly runs?: Runs | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
/** The first byte of a byte order mark. */
const BOM = 0xef;
const EVENT = Buffer.from('event: ');
const DATA = Buffer.from('data: ');
const EMPTY = Buffer.alloc(0);

/** Most bytes of a chunk in which runs are skipped: several reads of a socket. */
const MAX_SKIMMED_BYTES = 1024 * 1024;

/** In place of an offset: the event goes on after the bytes at hand. */
const INCOMPLETE = -1;
/** In place of an offset: the event needs the full parser. */
const FOREIGN = -2;

/**
 * Makes a scanner. While a stream consists of LF-ended comments, objects without a field name and events of an optional `event: NAME` line and one
 * `data: ...` line, events are cut out of the bytes unparsed. From the first other thing on (CR, several data lines, ids) the rest of the
 * stream goes through the full parser.
 */
export function createEventScanner(onEvent: (event: SseEvent) => void, options: ScannerOptions = {}): EventScanner {
  return new ByteScanner(onEvent, options);
}

class ByteScanner implements EventScanner {
  readonly #onEvent: (event: SseEvent) => void;
  readonly #maxEventBytes: number;
  readonly #runs: Runs | undefined;
  readonly #pieces = new JoinedBytes();
  #started = false;
  /** Defined from the first bytes on that need the full parser. */
  #reader: EventReader | undefined;

  constructor(onEvent: (event: SseEvent) => void, { maxEventBytes = MAX_EVENT_BYTES, runs }: ScannerOptions) {
    this.#onEvent = onEvent;
    this.#maxEventBytes = maxEventBytes;
    this.#runs = runs;
  }

  push(bytes: Buffer): void {
    // A byte order mark may be cut, so the full parser reads it.
    const marked = !this.#started && bytes[0] === BOM;
    this.#started ||= bytes.length > 0;
    if (this.#reader !== undefined || marked || bytes.includes(CR)) return this.#read(bytes);
    if (this.#pieces.size === 0) return this.#cut(bytes);
    // An object without a field name ends with its line, any other event with a blank line.
    const ends =
      this.#pieces.firstByte === OPEN_BRACE
        ? bytes.includes(LF)
        : (bytes[0] === LF && this.#pieces.lastByte === LF) || bytes.includes('\n\n');
    if (!ends) return this.#keep(bytes);
    this.#pieces.add(bytes);
    this.#cut(this.#pieces.take());
  }

  end(): void {
    if (this.#pieces.size > 0) this.#read(EMPTY);
    this.#reader?.end();
  }

  /** Walks the whole events of a chunk and keeps the rest. */
  #cut(chunk: Buffer): void {
    let start = 0;
    let decoded: string | undefined;
    const text = (): string => (decoded ??= chunk.toString('latin1'));
    // A larger chunk is mostly one event, and to decode it takes long.
    const runs = chunk.length > MAX_SKIMMED_BYTES ? undefined : this.#runs;
    while (start < chunk.length) {
      const runEnd = runs?.skim(text, start) ?? start;
      if (runEnd > start) {
        runs?.onRun(start === 0 && runEnd === chunk.length ? chunk : chunk.subarray(start, runEnd));
        start = runEnd;
        continue;
      }
      const next = this.#takeNext(chunk, start);
      if (next === INCOMPLETE) return this.#keep(chunk.subarray(start));
      if (next === FOREIGN) return this.#read(chunk.subarray(start));
      start = next;
    }
  }

  /** Takes the blank line, comment, object or event at `start`. Returns the offset after it, INCOMPLETE or FOREIGN. */
  #takeNext(chunk: Buffer, start: number): number {
    if (chunk[start] === LF) return start + 1;
    const lineEnd = chunk.indexOf(LF, start);
    if (lineEnd === -1) return INCOMPLETE;
    if (chunk[start] === OPEN_BRACE) {
      this.#onEvent({ name: undefined, data: chunk.subarray(start, lineEnd), plain: undefined });
      return lineEnd + 1;
    }
    if (lineEnd + 1 === chunk.length) return INCOMPLETE;
    if (chunk[start] === COLON) {
      this.#takeComment(chunk.toString('utf8', start, lineEnd));
      return lineEnd + 1;
    }
    return this.#takeEvent(chunk, start, startsWith(EVENT, chunk, start) ? lineEnd + 1 : start);
  }

  /** A comment is dropped, unless it is an event whose field name is lost. */
  #takeComment(line: string): void {
    if (kindOfLine(line) !== 'json') return;
    this.#onEvent({ name: undefined, data: Buffer.from(withoutField(line)), plain: undefined });
  }

  /** Takes the event at `start` whose data line begins at `dataLine`; a line between them is its `event:` line. */
  #takeEvent(chunk: Buffer, start: number, dataLine: number): number {
    const end = chunk.indexOf(LF, dataLine);
    if (end === -1 || end + 1 === chunk.length) return INCOMPLETE;
    if (chunk[end + 1] !== LF || !startsWith(DATA, chunk, dataLine)) return FOREIGN;
    const name = dataLine === start ? undefined : chunk.toString('utf8', start + EVENT.length, dataLine - 1);
    // An empty name is no name, so the event may not pass with its line. A name of JSON is an event.
    if (name === '' || (name !== undefined && mayBeJson(name))) return FOREIGN;
    if (end - start > this.#maxEventBytes) throw new EventTooLarge();
    const data = chunk.subarray(dataLine + DATA.length, end);
    // The full parser drops events without data too.
    if (data.length > 0) this.#onEvent({ name, data, plain: chunk.subarray(start, end + 2) });
    return end + 2;
  }

  #keep(piece: Buffer): void {
    this.#pieces.add(piece);
    if (this.#pieces.size > this.#maxEventBytes) throw new EventTooLarge();
  }

  #read(chunk: Buffer): void {
    this.#reader ??= createEventReader(
      this.#onEvent,
      Math.min(this.#maxEventBytes, MAX_PARSED_EVENT_BYTES),
      () => new EventTooLarge(),
    );
    if (this.#pieces.size > 0) this.#reader.push(this.#pieces.take());
    this.#reader.push(chunk);
  }
}

function startsWith(prefix: Buffer, chunk: Buffer, start: number): boolean {
  for (let index = 0; index < prefix.length; index++) if (chunk[start + index] !== prefix[index]) return false;
  return true;
}
