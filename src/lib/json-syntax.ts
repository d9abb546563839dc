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
  SMALL_N,
  SMALL_U,
  SPACE,
  VALUE,
} from './json-codes.ts';

/** The open objects and lists are bits of a number, 1 for an object. */
const MAX_DEPTH = 30;
/** Sticky, so each search sets `lastIndex` first; no other state is shared between calls. */
const SCALAR = /true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Characters of a string that end nothing and need no check. */
const PLAIN = /[ !#-[\]-\uffff]*/y;
const SHORT_TEXT = 16;
const ESCAPED = /["\\/bfnrt]/;
const FOUR_HEX = /[\da-fA-F]{4}/y;

/** Called for every member at any depth, with the offsets of its key between the quotes and of its value. False ends the reading. */
export type OnMember = (keyStart: number, keyEnd: number, valueStart: number) => boolean;

/**
 * Whether a text is exactly one JSON object that `JSON.parse` accepts, with members that `onMember` accepts. Costs half of a parse, and makes
 * no garbage. An object that nests deeper than 30 levels counts as none.
 */
export function isJsonObject(text: string, onMember: OnMember): boolean {
  if (text.charCodeAt(0) !== OPEN_BRACE) return false;
  let expected = KEY_OR_END;
  let objects = 1;
  let depth = 1;
  let at = 1;
  let keyStart = 0;
  let keyEnd = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      if (expected > KEY_OR_END) return false;
      const start = at + 1;
      at = endOfString(text, start);
      if (at === -1) return false;
      if (expected >= KEY) {
        keyStart = start;
        keyEnd = at - 1;
        expected = SEPARATOR;
      } else expected = COMMA_OR_END;
    } else if (code <= SPACE) {
      if (!isBlank(code)) return false;
      at++;
    } else if (code === COLON) {
      if (expected !== SEPARATOR) return false;
      expected = VALUE;
      do at++;
      while (isBlank(text.charCodeAt(at)));
      if (!onMember(keyStart, keyEnd, at)) return false;
    } else if (code === COMMA) {
      if (expected !== COMMA_OR_END) return false;
      expected = (objects & 1) === 1 ? KEY : VALUE;
      at++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      const closesObject = code === CLOSE_BRACE;
      const closes = expected === COMMA_OR_END || expected === (closesObject ? KEY_OR_END : ITEM_OR_END);
      if (!closes || ((objects & 1) === 1) !== closesObject) return false;
      at++;
      if (--depth === 0) return at === text.length;
      objects >>= 1;
      expected = COMMA_OR_END;
    } else if (expected > ITEM_OR_END) {
      return false;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return false;
      objects = (objects << 1) | (code === OPEN_BRACE ? 1 : 0);
      expected = code === OPEN_BRACE ? KEY_OR_END : ITEM_OR_END;
      at++;
    } else {
      at = endOfScalar(text, at);
      if (at === -1) return false;
      expected = COMMA_OR_END;
    }
  }
  return false;
}

/**
 * The offset after the closing quote of a JSON string whose characters begin at `from`; -1 where it does not end, or holds a control
 * character or an escape that JSON does not have.
 */
export function endOfString(text: string, from: number): number {
  const { length } = text;
  for (let at = from; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code < SPACE) return -1;
    if (code !== BACKSLASH) continue;
    at++;
    if (text.charCodeAt(at) === SMALL_U) {
      FOUR_HEX.lastIndex = at + 1;
      if (!FOUR_HEX.test(text)) return -1;
      at += 4;
    } else if (!ESCAPED.test(text.charAt(at))) return -1;
  }
  return -1;
}

/** The same as `endOfString`, and faster where strings are longer than keys: a pattern takes half the time of a loop. */
export function endOfText(text: string, from: number): number {
  const quote = text.indexOf('"', from);
  if (quote - from < SHORT_TEXT) return endOfString(text, from);
  PLAIN.lastIndex = from;
  PLAIN.test(text);
  return PLAIN.lastIndex === quote ? quote + 1 : endOfString(text, from);
}

/** The offset after the number or literal at `from`; -1 where there is none. */
function endOfScalar(text: string, from: number): number {
  // Most are a null or a plain number.
  if (text.charCodeAt(from) === SMALL_N) return text.startsWith('null', from) ? from + 4 : -1;
  SCALAR.lastIndex = from;
  return SCALAR.test(text) ? SCALAR.lastIndex : -1;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === 0x09 || code === 0x0a || code === 0x0d;
}
