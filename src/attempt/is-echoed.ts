import type { RequestBody } from '../domain/request-body.ts';
import type { JsonNode } from '../lib/json-document.ts';

/** Most bytes of a body whose strings are decoded one by one; about 10 ms. */
const MOST_DECODED = 512 * 1024;

/** What a search leaves out. */
export interface EchoOptions {
  /** A top-level member that is not searched. */
  readonly without?: string | undefined;
}

/**
 * Whether any of these phrases occurs in a string or a name that the client sent, however it is spaced. Linear in the body and not recursive: a client
 * chooses how deep it is. A large body is searched in its bytes: there a phrase that a client has hidden in escapes counts as found, whatever it is.
 */
export function isEchoed(phrases: readonly string[], body: RequestBody, { without }: EchoOptions = {}): boolean {
  // Marks around a quotation may be the provider's own.
  const wanted = phrases.map((each) => normalized(each).replaceAll(AROUND, '')).filter((each) => each !== '');
  if (wanted.length === 0) return false;
  const isLarge = body.bytes.length > MOST_DECODED;
  return isLarge ? isInBytes(wanted, body, without) : isInStrings(wanted, body, without);
}

function isInStrings(
  wanted: readonly string[],
  { document, members }: RequestBody,
  without: string | undefined,
): boolean {
  const holds = (text: string): boolean => {
    const candidate = normalized(text);
    return wanted.some((each) => candidate.includes(each));
  };
  const isHeld = (string: JsonNode): boolean => holds(document.textOf(string));
  return members.some(({ key, node }) => key !== without && (holds(key) || document.someString(node, isHeld)));
}

function isInBytes(
  wanted: readonly string[],
  { document, members }: RequestBody,
  without: string | undefined,
): boolean {
  const pattern = new RegExp(`${HIDDEN}|${wanted.map(patternOf).join('|')}`, 'i');
  const [start, end] = document.range;
  let from = start;
  for (const { key, keyStart, valueEnd } of members) {
    if (key !== without) continue;
    if (pattern.test(document.bytes.toString('latin1', from, keyStart))) return true;
    from = valueEnd;
  }
  return pattern.test(document.bytes.toString('latin1', from, end));
}

/** A letter or digit as an escape: no encoder writes one so. */
const HIDDEN = String.raw`\\u00(?:3\d|[46][1-9a-f]|[57][\da])`;

/** Blanks of a text as they are in JSON, and as providers may show those of a URL. */
const SPACE = String.raw`(?:\s|\\+[bfnrt]|\\+u(?:00(?:0[9a-d]|[2a]0)|[23]0[\da-f]{2})|\xc2\xa0|%20)+`;

/** A pattern for a phrase in the bytes of a JSON text, read as Latin-1. */
function patternOf(phrase: string): string {
  return phrase
    .split(' ')
    .map((word) => Array.from(word, charPattern).join(''))
    .join(SPACE);
}

function charPattern(char: string): string {
  if (/\w/.test(char)) return char;
  if (/[\0-\x7f]/.test(char)) return String.raw`\\?(?:${inLatin1(char)}|u00${hex(char.charCodeAt(0), 2)})`;
  return `(?:${[char, char.toUpperCase()].flatMap((each) => [inLatin1(each), escapes(each)]).join('|')})`;
}

/** The UTF-8 bytes of a text, as a pattern. */
function inLatin1(text: string): string {
  return Array.from(Buffer.from(text), (byte) => String.raw`\x${hex(byte, 2)}`).join('');
}

function escapes(text: string): string {
  return Array.from({ length: text.length }, (_, at) => String.raw`\\u${hex(text.charCodeAt(at), 4)}`).join('');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** Lower case, each run of white space as one blank, escapes for URIs and JSON decoded. */
function normalized(text: string): string {
  return text
    .replaceAll(ESCAPED, (code) => String.fromCodePoint(Number.parseInt(code.replace(/^\W+u?/i, ''), 16)))
    .replaceAll(/\\([bfnrt])/g, ' ')
    .replaceAll(/\\(["'\\/])/g, '$1')
    .replaceAll(/\s{2,}|[^\S ]/g, ' ')
    .toLowerCase();
}

const ESCAPED = /%[\da-f]{2}|\\u[\da-f]{4}/gi;
/** Punctuation around a phrase. */
const AROUND = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
