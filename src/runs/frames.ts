import type { RunEvent } from '../domain/run.ts';
import type { EventLog } from './event-log.ts';

/**
 * How events are framed. `events`: each under its id, as tRPC sends them, a chunk within the event `chunk`. `chunks`: a chunk as a plain stream of
 * its operation has it, with its id, and any other event under its type as the event's name.
 */
export type FrameForm = 'events' | 'chunks';

/** An event of the gateway's own. */
export type OwnEvent = Exclude<RunEvent<never>, { type: 'chunk' }>;

const CHUNK_START = '{"type":"chunk","chunk":';
const CHUNK = Buffer.from(CHUNK_START);
const BEFORE_CHUNK = `data: ${CHUNK_START}`;
const AFTER_CHUNK = '}\n\n';
const DATA = Buffer.from('\ndata: ');
const END = '\n\n';
const LF = 0x0a;
const LETTER_D = 0x64;
const LETTER_E = 0x65;
/** Length of `data: `. */
const DATA_CHARS = 6;

/** Where a `data:` line is. */
interface DataLine {
  readonly start: number;
  readonly at: number;
  readonly to: number;
}

/** Writes the events of one run into its log. */
export class FrameWriter {
  readonly #log: EventLog;
  readonly #form: FrameForm;
  readonly #id: string;

  constructor(log: EventLog, { id, form }: { readonly id: string; readonly form: FrameForm }) {
    this.#log = log;
    this.#form = form;
    this.#id = id;
  }

  /**
   * Adds the chunks in the bytes that a stream's raw face delivers at once: whole events, each an optional `event:` line and one `data:` line. They are
   * not parsed.
   */
  chunks(source: Buffer): void {
    let start = 0;
    for (let at = 0; at < source.length;) {
      const found = source.indexOf(LF, at);
      const to = found === -1 ? source.length : found;
      if (source[at] === LETTER_D) this.#chunk(source, { start, at, to });
      if (source[at] !== LETTER_E) start = to + 1;
      at = to + 1;
    }
  }

  /** Adds the chunk of a `data:` line: `at` is where the line begins, `start` where its event does, with its name. */
  #chunk(source: Buffer, { start, at: lineStart, to: lineEnd }: DataLine): void {
    const id = `id: ${this.#id}:${this.#log.last + 1}\n`;
    // As a plain stream has it, an event only lacks its id.
    if (this.#form === 'chunks')
      this.#log.append({ before: id, source, from: start, to: lineEnd + END.length, after: '', isChunk: true });
    else
      this.#log.append({
        before: id + BEFORE_CHUNK,
        source,
        from: lineStart + DATA_CHARS,
        to: lineEnd,
        after: AFTER_CHUNK,
        isChunk: true,
      });
  }

  /** Adds an event of the gateway's own. Returns its number. */
  own(event: OwnEvent): number {
    const source = Buffer.from(JSON.stringify(event));
    const before = ownBefore(event.type, `${this.#id}:${this.#log.last + 1}`, this.#form);
    return this.#log.append({ before, source, from: 0, to: source.length, after: END, isChunk: false });
  }
}

function ownBefore(type: string, id: string, form: FrameForm): string {
  return form === 'events' ? `id: ${id}\ndata: ` : `event: ${type}\nid: ${id}\ndata: `;
}

/** An event of the gateway's own as it is written before and behind its number. */
export function ownAround(
  event: OwnEvent,
  { id, form }: { readonly id: string; readonly form: FrameForm },
): readonly [string, string] {
  const [before = '', between = ''] = ownBefore(event.type, `${id}:${NUMBER}`, form).split(NUMBER);
  return [before, `${between}${JSON.stringify(event)}${END}`];
}

/** In no id. */
const NUMBER = '#';

/** Where an event is among others. */
export interface FramedPlace {
  readonly from: number;
  readonly to: number;
  readonly isChunk: boolean;
}

/** The events in bytes that are whole ones of a log. */
export function* framesIn(bytes: Buffer, form: FrameForm): Generator<FramedPlace, void> {
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(END, from);
    const to = found === -1 ? bytes.length : found + END.length;
    yield { from, to, isChunk: isChunkIn(bytes, from, form) };
    from = to;
  }
}

/** Whether the event that begins there is a chunk: of the form `chunks` the others begin with their name. */
function isChunkIn(bytes: Buffer, from: number, form: FrameForm): boolean {
  if (form === 'chunks') return bytes[from] !== LETTER_E;
  const data = bytes.indexOf(DATA, from) + DATA.length;
  return bytes.compare(CHUNK, 0, CHUNK.length, data, Math.min(bytes.length, data + CHUNK.length)) === 0;
}

/** A framed event of a log. */
export interface Frame {
  readonly bytes: Buffer;
  readonly isChunk: boolean;
  readonly form: FrameForm;
}

/** The JSON text of a chunk, or of another event. Shares memory with the frame. */
export function jsonIn({ bytes, isChunk, form }: Frame): Buffer {
  const json = bytes.subarray(bytes.indexOf(DATA) + DATA.length, -END.length);
  return isChunk && form === 'events' ? json.subarray(CHUNK_START.length, -1) : json;
}

/** The JSON text of a chunk, or of another event, as an event without an id and a name. */
export function bareFrame(frame: Frame): Buffer {
  const { bytes, isChunk, form } = frame;
  if (!isChunk || form === 'chunks') return bytes.subarray(bytes.indexOf(DATA) + 1);
  return Buffer.concat([Buffer.from('data: '), jsonIn(frame), Buffer.from(END)]);
}

/** The same event in the other form. `id`: its id. */
export function reframed(frame: Frame, id: string): Buffer {
  const json = jsonIn(frame);
  if (frame.form === 'events') {
    const before = frame.isChunk ? `id: ${id}\ndata: ` : ownBefore(typeIn(json), id, 'chunks');
    return Buffer.concat([Buffer.from(before), json, Buffer.from(END)]);
  }
  const [before, after] = frame.isChunk ? [CHUNK_START, AFTER_CHUNK] : ['', END];
  return Buffer.concat([Buffer.from(`id: ${id}\ndata: ${before}`), json, Buffer.from(after)]);
}

/** The type of an event of the gateway's own, which its JSON begins with. */
export function typeIn(json: Buffer): string {
  return /^\{"type":"(\w+)"/.exec(json.toString('latin1', 0, 40))?.[1] ?? 'message';
}
