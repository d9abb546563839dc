import { endOfStringSteps, stringSteps } from './json-string-steps.ts';
import { parseJson } from './parse-json.ts';
import { isRecord } from './record.ts';
import type { Steps } from './steps.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-codes.ts';

/** A smaller text is parsed in one step. */
export const LARGE_JSON_BYTES = 256 * 1024;
/** So many bytes are parsed in one step. */
const RUN_BYTES = 32 * 1024;
/** So many bytes are scanned in one step. */
const SCAN_BYTES = 64 * 1024;
/** A longer string is read in several steps. */
const LONG_STRING_BYTES = 64 * 1024;
/** No number, key or blank is longer in what is JSON by intent. */
const MAX_UNSPLIT_BYTES = 1024 * 1024;
/** Deepest nesting of a large text. */
const MAX_DEPTH = 1000;
/** Most values of a large text. A list or an object takes as much memory as ten numbers. */
const MAX_VALUES = 8_000_000;
const CONTAINER_VALUES = 10;
/** Most members of an object of a large text. To copy an object with more takes seconds. */
const MAX_MEMBERS = 50_000;

type Fields = Record<string, unknown>;

/** A list or an object that is open where the scan is. */
interface Level {
  readonly isList: boolean;
  /** Offset of its bracket. */
  readonly open: number;
  /** Undefined while it may still be parsed as a part of its parent. */
  value: unknown[] | Fields | undefined;
  /** Offset of the first byte within it that is not parsed. */
  from: number;
  /** Offset of the last comma directly within it; less than `from` for none. */
  comma: number;
  /** What was parsed last was an item alone, so that a comma or the end has to follow. */
  afterItem: boolean;
  /** What was parsed last ended with a comma. */
  afterComma: boolean;
  /** Members so far; 0 for a list. */
  members: number;
}

/**
 * Parses JSON like `JSON.parse`, large texts in steps of a few milliseconds. Undefined where it is not JSON. A text of more than 256 KB is
 * none either with more than 1,000 levels, with more than 8 million values, of which a list or an object counts as ten, with more than 50,000
 * members in an object, or with a number, a key or white space of more than 1 MB.
 */
export function* parseJsonSteps(bytes: Buffer): Steps<unknown> {
  if (bytes.length <= LARGE_JSON_BYTES) return parseJson(bytes.toString('utf8'));
  try {
    return yield* new LargeJson(bytes).parse();
  } catch (thrown) {
    if (thrown instanceof NotJson) return undefined;
    throw thrown;
  }
}

class NotJson extends Error {
  override readonly name = 'NotJson';
}

class LargeJson {
  readonly #bytes: Buffer;
  readonly #levels: Level[] = [];
  /** Number of levels, from the outermost on, whose value exists. */
  #made = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  *parse(): Steps<unknown> {
    const bytes = this.#bytes;
    const start = bytes.findIndex((byte) => byte > 0x20);
    const first = bytes[start];
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) throw new NotJson();
    const root = this.#push(start, first === OPEN_BRACKET);
    root.value = root.isList ? [] : {};
    this.#made = 1;
    let values = 0;
    let pause = start + SCAN_BYTES;
    let flushAt = start + RUN_BYTES;
    for (let at = start + 1; at < bytes.length; at++) {
      if (at >= pause) {
        pause = at + SCAN_BYTES;
        yield;
      }
      switch (bytes[at] ?? 0) {
        case QUOTE: {
          const end = yield* endOfStringSteps(bytes, at);
          if (end === undefined) throw new NotJson();
          if (end - at > LONG_STRING_BYTES) {
            this.#addItem(at, end, yield* stringSteps(bytes, at, end));
            flushAt = end + RUN_BYTES;
          }
          at = end - 1;
          continue;
        }
        case OPEN_BRACE:
        case OPEN_BRACKET:
          values += CONTAINER_VALUES;
          this.#push(at, bytes[at] === OPEN_BRACKET);
          if (at < flushAt) continue;
          this.#makeAll();
          break;
        case COMMA:
          values++;
          this.#top().comma = at;
          if (at < flushAt) continue;
          this.#makeAll();
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (this.#top().isList !== (bytes[at] === CLOSE_BRACKET)) throw new NotJson();
          if (this.#close(at)) continue;
          break;
        default:
          continue;
      }
      if (values > MAX_VALUES) throw new NotJson();
      if (this.#made === 0) return this.#isBlank(at + 1, bytes.length) ? root.value : undefined;
      flushAt = at + RUN_BYTES;
      yield;
    }
    throw new NotJson();
  }

  #top(): Level {
    const top = this.#levels.at(-1);
    if (top === undefined) throw new NotJson();
    return top;
  }

  #push(open: number, isList: boolean): Level {
    if (this.#levels.length === MAX_DEPTH) throw new NotJson();
    const place = { isList, open, from: open + 1, comma: -1 };
    const level = { ...place, value: undefined, afterItem: false, afterComma: false, members: 0 };
    this.#levels.push(level);
    return level;
  }

  /** Closes the innermost level at its bracket. True while it is a part of its parent that is not parsed yet. */
  #close(at: number): boolean {
    const level = this.#top();
    this.#levels.pop();
    if (level.value === undefined) return true;
    this.#addRun(level, at, true);
    this.#made--;
    const parent = this.#levels.at(-1);
    if (parent !== undefined) parent.from = at + 1;
    return false;
  }

  /** Makes the values of all open levels, from what is known of each: the items before its last comma. */
  #makeAll(): void {
    for (const [depth, level] of this.#levels.entries()) {
      const parent = this.#levels[depth - 1];
      if (level.value === undefined && parent !== undefined) {
        level.value = level.isList ? [] : {};
        this.#attach(parent, level.open, level.value);
        this.#made++;
      }
      if (level.comma >= level.from) this.#addRun(level, level.comma, false);
    }
  }

  /** Adds a value of its own, whose bytes are `[start, end)`, to the innermost level. */
  #addItem(start: number, end: number, value: string | undefined): void {
    if (value === undefined) throw new NotJson();
    this.#makeAll();
    const level = this.#top();
    this.#attach(level, start, value);
    level.from = end;
  }

  /** Adds a value that begins at `start`: behind a comma or its level's bracket, and in an object behind its key. */
  #attach(level: Level, start: number, value: unknown): void {
    if (level.comma >= level.from) this.#addRun(level, level.comma, false);
    if (level.afterItem) throw new NotJson();
    const before = this.#text(level.from, start);
    level.afterItem = true;
    level.afterComma = false;
    if (Array.isArray(level.value)) {
      if (before.trim() !== '') throw new NotJson();
      level.value.push(value);
      return;
    }
    const [key, ...more] = Object.keys(recordOf(parseJson(`{${before}0}`)));
    if (key === undefined || more.length > 0) throw new NotJson();
    setMember(level, key, value);
  }

  /** Adds the items from the first byte that is not parsed up to `end`, which is a comma or the closing bracket. */
  #addRun(level: Level, end: number, isLast: boolean): void {
    let text = this.#text(level.from, end);
    level.from = end + 1;
    const { afterItem, afterComma } = level;
    level.afterItem = false;
    level.afterComma = !isLast;
    if (afterItem) {
      text = text.trimStart();
      if (text === '') return;
      if (!text.startsWith(',')) throw new NotJson();
      text = text.slice(1);
    }
    if (text.trim() === '') {
      if (!isLast || afterItem || afterComma) throw new NotJson();
    } else if (Array.isArray(level.value)) {
      const items = parseJson(`[${text}]`);
      if (!Array.isArray(items)) throw new NotJson();
      for (const item of items) level.value.push(item);
    } else {
      const members = recordOf(parseJson(`{${text}}`));
      for (const key of Object.keys(members)) setMember(level, key, members[key]);
    }
  }

  #text(from: number, to: number): string {
    if (to - from > MAX_UNSPLIT_BYTES) throw new NotJson();
    return this.#bytes.toString('utf8', from, to);
  }

  #isBlank(from: number, to: number): boolean {
    return this.#text(from, to).trim() === '';
  }
}

function recordOf(value: unknown): Fields {
  if (!isRecord(value)) throw new NotJson();
  return value;
}

/** Sets a member as `JSON.parse` does, of any name. */
function setMember(level: Level, key: string, value: unknown): void {
  const fields = level.value;
  if (fields === undefined || Array.isArray(fields) || ++level.members > MAX_MEMBERS) throw new NotJson();
  if (key === '__proto__')
    Object.defineProperty(fields, key, { value, writable: true, enumerable: true, configurable: true });
  else fields[key] = value;
}
