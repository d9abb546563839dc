import type { JsonMember } from './json-document.ts';
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-codes.ts';

/**
 * Finds the top-level members of a JSON object without parsing it; duplicates are all listed, in order.
 * The bytes must be a valid JSON object (parse them first). For anything else the result is empty or meaningless, never an endless loop.
 */
export function topLevelMembers(bytes: Buffer): readonly JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipBlanks(bytes, bytes[0] === 0xef ? 3 : 0);
  if (bytes[at] !== OPEN_BRACE) return members;
  at = skipBlanks(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const keyStart = at;
    const keyEnd = endOfString(bytes, at);
    at = skipBlanks(bytes, keyEnd);
    if (bytes[at] !== COLON) return members;
    const valueStart = skipBlanks(bytes, at + 1);
    const valueEnd = endOfValue(bytes, valueStart);
    members.push({ key: keyText(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd });
    at = skipBlanks(bytes, valueEnd);
    if (bytes[at] !== COMMA) return members;
    at = skipBlanks(bytes, at + 1);
  }
  return members;
}

/** The ranges of the items in the bytes of a JSON array, `[start, end)` each. The bytes must be a valid JSON array. */
export function arrayItems(bytes: Buffer): readonly (readonly [start: number, end: number])[] {
  const items: [number, number][] = [];
  let at = skipBlanks(bytes, 0);
  if (bytes[at] !== OPEN_BRACKET) return items;
  at = skipBlanks(bytes, at + 1);
  while (at < bytes.length && bytes[at] !== CLOSE_BRACKET) {
    const end = endOfValue(bytes, at);
    items.push([at, end]);
    at = skipBlanks(bytes, end);
    if (bytes[at] !== COMMA) return items;
    at = skipBlanks(bytes, at + 1);
  }
  return items;
}

/** A key may be written with escapes (`"mod\u0065l"`). Providers decode them, so two spellings of one key are one key. */
function keyText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** The index after the closing quote of the string that starts at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let quote = bytes.indexOf(QUOTE, start + 1);
  while (quote !== -1) {
    let slash = quote - 1;
    while (slash > start && bytes[slash] === BACKSLASH) slash--;
    // An even number of backslashes escapes itself, an odd one escapes the quote.
    if ((quote - 1 - slash) % 2 === 0) return quote + 1;
    quote = bytes.indexOf(QUOTE, quote + 1);
  }
  return bytes.length;
}

function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return endOfScalar(bytes, start, at);
      if (--depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return endOfScalar(bytes, start, at);
    at++;
  }
  return bytes.length;
}

/** A number or literal ends before the blanks behind it. */
function endOfScalar(bytes: Buffer, start: number, limit: number): number {
  let end = limit;
  while (end > start && (bytes[end - 1] ?? 0) <= 0x20) end--;
  return end;
}

/**
 * The range of the value at a path of member names and array indexes, `[start, end)`; undefined when there is none. Among members of one
 * name the last one counts, as for JSON.parse. The bytes must be valid JSON.
 */
export function rangeOf(
  bytes: Buffer,
  path: readonly (string | number)[],
): readonly [start: number, end: number] | undefined {
  let [start, end] = [0, bytes.length];
  for (const step of path) {
    const inside = bytes.subarray(start, end);
    const found =
      typeof step === 'number'
        ? arrayItems(inside)[step]
        : topLevelMembers(inside)
            .filter(({ key }) => key === step)
            .map(({ valueStart, valueEnd }) => [valueStart, valueEnd] as const)
            .at(-1);
    if (found === undefined) return undefined;
    [start, end] = [start + found[0], start + found[1]];
  }
  return [start, end];
}
