import { arrayItems } from '../../../lib/json-members.ts';
import { readLenientJson } from '../../../lib/lenient-json.ts';
import { isRecord } from '../../../lib/record.ts';
import { mayMend } from '../may-mend.ts';

const DONE = '[DONE]';
/** No provider merges so many chunks, and each costs far more memory than its bytes. */
const MAX_PIECES = 4096;
/** What may stand before a piece: blanks, byte order marks, and the name of the field where a line has it twice or misspelled. */
const BEFORE = /\s*(?:data\s*:\s*)*/iy;
/** A list of objects. Any other list is no chunk. */
const LIST = /\[\s*\{/y;
/** Words without anything of JSON. */
const WORDS = /[^\r\n"{}[\]]+/y;
/** Words in brackets, such as `[PING]`. */
const MARK = /\[[\w .:-]*\]/y;
/** A line with quotation marks. */
const QUOTED = /[^\r\n]+/y;
/** What stands beside a quotation mark in JSON, and the brackets that only JSON has. */
const OF_JSON = /"\s*[:,}\]]|[[{,:]\s*"|[{}]|^[\],]/;

/**
 * The chunks and end marks in an event's data that is not JSON, each as valid JSON, in order: several whole objects on one line or on several
 * lines, behind blanks, words or a byte order mark, with numbers or control characters that JSON does not have. Plain words are skipped; empty
 * when there is nothing else. Undefined when a part is no words and cannot be read: it may be a piece of the answer.
 */
export function piecesOf(data: string): readonly string[] | undefined {
  const pieces: string[] = [];
  let at = 0;
  for (;;) {
    const start = at;
    at = endOf(BEFORE, data, start) ?? start;
    if (at >= data.length) return pieces;
    if (data.startsWith(DONE, at)) return [...pieces, DONE];
    if (data[at] === '{' || endOf(LIST, data, at) !== undefined) {
      const read = readLenientJson(data, at, mayMend);
      if (read === undefined || pieces.length === MAX_PIECES) return undefined;
      pieces.push(read.json);
      at = read.end;
      continue;
    }
    const beginsLine = start === 0 || /[\r\n]/.test(data.slice(start, at));
    const end = beginsLine ? endOfWords(data, at) : undefined;
    if (end === undefined) return undefined;
    at = end;
  }
}

/** Where the words at `from` end: at an object that follows them, or at the end of their line. Undefined: they may be the rest of a chunk. */
function endOfWords(data: string, from: number): number | undefined {
  let at = from;
  for (let end: number | undefined = at; end !== undefined; end = endOf(WORDS, data, at) ?? endOf(MARK, data, at))
    at = end;
  if (at > from && data[at] === '{' && /[\w\s]:?\s$/.test(data.slice(from, at))) return at;
  const end = endOf(QUOTED, data, from) ?? from;
  const line = data.slice(from, end);
  return at === end || !(OF_JSON.test(line) || isUnbalanced(line)) ? end : undefined;
}

/** Whether a list ends in a line without its beginning, or begins without its end. */
function isUnbalanced(line: string): boolean {
  return line.split('[').length !== line.split(']').length;
}

/** Whether a value is a list of chunks. */
export function isChunkList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some((each) => isRecord(each) && Array.isArray(each['choices']));
}

/** The chunks of a list, as their own bytes; undefined where they are too many. `data` is the JSON of `list`. */
export function chunksInList(list: readonly unknown[], data: Buffer): readonly Buffer[] | undefined {
  if (list.length > MAX_PIECES) return undefined;
  return arrayItems(data).map(([start, end]) => data.subarray(start, end));
}

/** Where a match that begins at `from` ends; undefined where there is none. */
function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
