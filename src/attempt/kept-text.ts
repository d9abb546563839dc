import { JoinedBytes } from '../lib/joined-bytes.ts';
import { LARGE_JSON_BYTES } from '../lib/json-steps.ts';
import { parseJson } from '../lib/parse-json.ts';
import { isRecord } from '../lib/record.ts';
import { CLOSE_BRACE, OPEN_BRACE } from '../lib/json-codes.ts';

/** The bytes of a text that is judged once it is whole. */
export interface KeptText {
  /** Bytes kept. */
  readonly size: number;
  add(bytes: Buffer): void;
  /** Whether what was added last shows that the text is a stream: another line follows a whole object on the first line. */
  hasLinesOfObjects(): boolean;
  /** Removes and returns everything. A single piece is not copied. */
  take(): Buffer;
  /** Removes everything. */
  drop(): void;
}

const LF = 0x0a;
/** JSON's white space. */
const BLANKS: ReadonlySet<number> = new Set([0x20, LF, 0x0d, 0x09]);

/** Makes an empty text. */
export function createKeptText(): KeptText {
  return new TextPieces();
}

class TextPieces implements KeptText {
  readonly #bytes = new JoinedBytes();
  /** What was added last. */
  #last: Buffer | undefined;
  /** Where the first line ends; -1 while it does not. */
  #lineEnd = -1;
  /** The first line is known to be a part of the text. */
  #isOneText = false;

  get size(): number {
    return this.#bytes.size;
  }

  add(bytes: Buffer): void {
    this.#bytes.add(bytes);
    this.#last = bytes;
  }

  hasLinesOfObjects(): boolean {
    let rest = this.#last;
    if (this.#isOneText || rest === undefined) return false;
    if (this.#lineEnd === -1) {
      const found = rest.indexOf(LF);
      if (found === -1) return false;
      this.#lineEnd = this.size - rest.length + found;
      rest = rest.subarray(found);
    }
    // JSON often ends with a line end, so the first line is parsed only when another one follows.
    if (!hasContent(rest)) return false;
    this.#isOneText = !isObject(this.#bytes.all().subarray(0, this.#lineEnd));
    return !this.#isOneText;
  }

  take(): Buffer {
    this.#last = undefined;
    return this.#bytes.take();
  }

  drop(): void {
    this.#last = undefined;
    this.#bytes.clear();
  }
}

/** Whether there is anything but JSON's white space. */
export function hasContent(bytes: Buffer): boolean {
  return bytes.some(isSignificant);
}

function isSignificant(byte: number): boolean {
  return !BLANKS.has(byte);
}

/** Whether a line is a whole JSON object. Only one that ends as an object is parsed; a large one that does is one. */
function isObject(line: Buffer): boolean {
  if (line.findLast(isSignificant) !== CLOSE_BRACE) return false;
  return line.length > LARGE_JSON_BYTES
    ? line.find(isSignificant) === OPEN_BRACE
    : isRecord(parseJson(line.toString('utf8')));
}
