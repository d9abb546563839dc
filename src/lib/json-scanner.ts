import { JsonDocument } from './json-document.ts';
import { NodePlaces } from './node-places.ts';
import { afterByte, isCompleteNumber, numberState } from './json-number.ts';
import { ESCAPED, HEX, lengthOfEscape, PLAIN, skipPlain } from './json-string.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  COMMA_OR_END,
  ITEM_OR_END,
  KEY,
  KEY_OR_END,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SEPARATOR,
  SMALL_U,
  SPACE,
  VALUE,
} from './json-codes.ts';

/** Bounds on a JSON text. They keep small the work that a text of a given size can cause. */
export interface JsonLimits {
  /** Members of the object at the top level. */
  readonly members: number;
  /** Values at any level: objects, arrays, strings, numbers and literals, without the names of members. */
  readonly values: number;
  /** Numbers, which then do not count as values; undefined where they do. */
  readonly numbers?: number | undefined;
  /** Levels of nesting. */
  readonly depth: number;
}

/** Behind the text's value. From `IN_STRING` on, a value or a name has begun and is not at its end. */
const NOTHING = 6;
const IN_STRING = 7;
const IN_ESCAPE = 8;
const IN_HEX = 9;
const IN_NUMBER = 10;
const IN_LITERAL = 11;

const LITERALS = new Map(['true', 'false', 'null'].map((text) => [text.charCodeAt(0), Buffer.from(text)]));
const NO_LITERAL = Buffer.alloc(0);

/** Strings up to this length are not worth reading word by word. */
const SHORT = 32;

/**
 * Checks a JSON text while its bytes arrive, in pieces of any size: exactly the texts are accepted that `JSON.parse` accepts, except that a text which
 * exceeds a limit is not. Linear, not recursive, and it keeps no copy of the bytes. It also notes where the values are, so that none has to be
 * parsed to find another one. It does not check that the bytes are UTF-8.
 */
export class JsonScanner {
  readonly #limits: JsonLimits;
  readonly #places = new NodePlaces();
  /** The open objects and arrays, as nodes; and how many values each holds so far. */
  readonly #open: number[] = [];
  readonly #counts: number[] = [];
  #inObject = false;
  #state = VALUE;
  /** Bytes before the piece that is being read. */
  #offset = 0;
  #values = 0;
  #numbers = 0;
  #isKey = false;
  #escaped = false;
  #hexDigits = 0;
  #number = 0;
  #literal = NO_LITERAL;
  #literalAt = 0;
  /** The present piece, once it holds a long string. */
  #words: DataView | undefined;
  #fault: number | undefined;
  #exceeded: keyof JsonLimits | undefined;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** The limit that the text exceeds. What follows it is not read. */
  get exceeded(): keyof JsonLimits | undefined {
    return this.#exceeded;
  }

  /** Reads the next piece. */
  push(piece: Uint8Array): void {
    const { length } = piece;
    this.#words = undefined;
    for (let at = 0; at < length && this.#fault === undefined && this.#exceeded === undefined;) {
      const state = this.#state;
      if (state === IN_STRING) at = this.#string(piece, at);
      else if (state < IN_STRING) at = this.#structure(piece, at);
      else if (state === IN_NUMBER) at = this.#digits(piece, at);
      else if (state === IN_LITERAL) at = this.#letters(piece, at);
      else at = this.#escape(piece, at);
    }
    this.#offset += length;
  }

  /** The document of a complete text, given all its bytes; undefined where it is no JSON, or exceeds a limit. */
  end(bytes: Buffer): JsonDocument | undefined {
    if (this.#state === IN_NUMBER && this.#open.length === 0) this.#endNumber(this.#offset);
    const complete = this.#state === NOTHING && this.#fault === undefined && this.#exceeded === undefined;
    return complete ? new JsonDocument(bytes, this.#places) : undefined;
  }

  #structure(piece: Uint8Array, at: number): number {
    const byte = piece[at] ?? 0;
    const state = this.#state;
    if (byte === QUOTE && state <= KEY_OR_END) {
      this.#isKey = state >= KEY;
      if (!this.#isKey) this.#count();
      this.#places.add(this.#offset + at, 0);
      this.#state = IN_STRING;
    } else if (byte === COMMA && state === COMMA_OR_END) this.#state = this.#inObject ? KEY : VALUE;
    else if (byte === COLON && state === SEPARATOR) this.#state = VALUE;
    else if (byte <= SPACE) {
      const end = endOfBlanks(piece, at);
      if (end === at) this.#fail(at);
      return Math.max(end, at + 1);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#close(byte === CLOSE_BRACE, at);
    else if (state > ITEM_OR_END) this.#fail(at);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#openContainer(byte === OPEN_BRACE, at);
    else return this.#scalar(byte, at);
    return at + 1;
  }

  #openContainer(isObject: boolean, at: number): void {
    this.#count();
    if (this.#open.push(this.#places.size) > this.#limits.depth) this.#exceeded = 'depth';
    this.#counts.push(0);
    // Negative while it is open, so that closing knows which kind it is.
    this.#places.add(this.#offset + at, isObject ? -1 : 0);
    this.#inObject = isObject;
    this.#state = isObject ? KEY_OR_END : ITEM_OR_END;
  }

  #close(isObject: boolean, at: number): void {
    const closes = this.#state === COMMA_OR_END || this.#state === (isObject ? KEY_OR_END : ITEM_OR_END);
    const node = this.#open.pop();
    if (!closes || node === undefined || this.#inObject !== isObject) return this.#fail(at);
    this.#places.setLink(node, this.#places.size);
    this.#places.add(this.#offset + at, this.#counts.pop() ?? 0);
    const parent = this.#open.at(-1);
    this.#inObject = parent !== undefined && this.#places.linkOf(parent) === -1;
    this.#endValue();
  }

  #scalar(byte: number, at: number): number {
    const number = numberState(byte);
    if (number !== undefined && this.#limits.numbers !== undefined) this.#countNumber(this.#limits.numbers);
    else this.#count();
    // In an array only the number of such values matters.
    if (this.#inObject || this.#open.length === 0) {
      this.#places.add(this.#offset + at, 0);
    }
    if (number !== undefined) {
      this.#number = number;
      this.#state = IN_NUMBER;
      return at + 1;
    }
    this.#literal = LITERALS.get(byte) ?? NO_LITERAL;
    if (this.#literal === NO_LITERAL) this.#fail(at);
    this.#literalAt = 1;
    this.#state = IN_LITERAL;
    return at + 1;
  }

  #string(piece: Uint8Array, from: number): number {
    const { length } = piece;
    let at = from;
    let byte = QUOTE;
    while (at < length) {
      byte = piece[at] ?? 0;
      if (PLAIN[byte] === 1) at = at - from < SHORT ? at + 1 : skipPlain((this.#words ??= wordsOf(piece)), at + 1);
      else {
        const escape = byte === BACKSLASH ? lengthOfEscape(piece, at) : 0;
        if (escape === 0) break;
        this.#escaped = true;
        at += escape;
      }
    }
    if (at >= length) return length;
    if (byte === QUOTE) this.#endString(this.#offset + at + 1);
    else if (byte === BACKSLASH) this.#state = IN_ESCAPE;
    else this.#fail(at);
    return at + 1;
  }

  #endString(end: number): void {
    this.#places.setLink(this.#places.size - 1, this.#escaped ? -end : end);
    this.#escaped = false;
    if (this.#isKey) this.#state = SEPARATOR;
    else this.#endValue();
  }

  #escape(piece: Uint8Array, at: number): number {
    const byte = piece[at] ?? 0;
    this.#escaped = true;
    if (this.#state === IN_HEX) {
      if (HEX[byte] !== 1) this.#fail(at);
      if (++this.#hexDigits === 4) this.#state = IN_STRING;
    } else if (byte === SMALL_U) {
      this.#hexDigits = 0;
      this.#state = IN_HEX;
    } else if (ESCAPED[byte] === 1) this.#state = IN_STRING;
    else this.#fail(at);
    return at + 1;
  }

  #digits(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const next = afterByte(this.#number, piece[at] ?? 0);
      if (next === undefined) {
        // The byte belongs to what follows.
        this.#endNumber(this.#offset + at);
        return at;
      }
      this.#number = next;
    }
    return piece.length;
  }

  #endNumber(end: number): void {
    if (isCompleteNumber(this.#number)) this.#endScalar(end);
    else this.#fault = end;
  }

  #letters(piece: Uint8Array, at: number): number {
    if (piece[at] !== this.#literal[this.#literalAt]) this.#fail(at);
    else if (++this.#literalAt === this.#literal.length) this.#endScalar(this.#offset + at + 1);
    return at + 1;
  }

  #endScalar(end: number): void {
    if (this.#inObject || this.#open.length === 0) this.#places.setLink(this.#places.size - 1, end);
    this.#endValue();
  }

  #endValue(): void {
    this.#state = this.#open.length === 0 ? NOTHING : COMMA_OR_END;
  }

  /** Counts a value, in all and in what holds it. */
  #count(): void {
    if (++this.#values > this.#limits.values) this.#exceeded = 'values';
    const depth = this.#counts.length;
    if (depth === 0) return;
    const count = (this.#counts[depth - 1] ?? 0) + 1;
    this.#counts[depth - 1] = count;
    if (depth === 1 && this.#inObject && count > this.#limits.members) this.#exceeded = 'members';
  }

  #countNumber(limit: number): void {
    if (++this.#numbers > limit) this.#exceeded = 'numbers';
    this.#values--;
    this.#count();
  }

  #fail(at: number): void {
    this.#fault ??= this.#offset + at;
  }
}

/** The index after a run of blanks. */
function endOfBlanks(piece: Uint8Array, from: number): number {
  let at = from;
  for (; at < piece.length; at++) {
    const byte = piece[at];
    if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
  }
  return at;
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** No limits but the depth at which recursive parsers of providers give up. */
export const UNLIMITED: JsonLimits = Object.freeze({
  members: Number.MAX_SAFE_INTEGER,
  values: Number.MAX_SAFE_INTEGER,
  depth: Number.MAX_SAFE_INTEGER,
});

/** The document of a whole text; undefined where it is no JSON. */
export function documentOf(bytes: Buffer): JsonDocument | undefined {
  const scanner = new JsonScanner(UNLIMITED);
  scanner.push(bytes);
  return scanner.end(bytes);
}
