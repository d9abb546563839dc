import { unwrapFreeform } from '../../neutral/freeform-tool.ts';

/** The wrapper up to the text, and what may still become it. */
const OPENING = /^\s*\{\s*"(?:input|patch|code|command)"\s*:\s*"/;
const MAY_OPEN = /^\s*(?:\{\s*(?:"(?:\w*(?:"\s*(?::\s*)?)?)?)?)?$/;
/** No wrapper has a longer beginning. */
const MAX_OPENING = 64;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const ESCAPED_CODE = 6;

/**
 * Unwraps the input of a freeform tool that a model was given as a function with one text: `{"input":"..."}` in pieces of any size. The text is passed on as
 * it comes. What is no such object is passed on at the end: the only text of an object with another usual name, a JSON string, or the input as it came.
 */
export class FreeformInput {
  /** `start`: the wrapper may begin. `text`: within the wrapper's text. `other`: kept until the end. `raw`: no JSON at all. */
  #state: 'start' | 'text' | 'other' | 'raw' | 'done' = 'start';
  /** What is not passed on yet. */
  #kept = '';

  /** The text that a piece of the input adds. */
  push(piece: string): string {
    switch (this.#state) {
      case 'done':
        return '';
      case 'raw':
        return piece;
      case 'text':
        return this.#decode(this.#kept + piece);
      case 'other':
        this.#kept += piece;
        return '';
      case 'start':
        this.#kept += piece;
        return this.#begin();
    }
  }

  /** The rest of the text, after the last piece. */
  end(): string {
    const kept = this.#kept;
    const state = this.#state;
    this.#kept = '';
    this.#state = 'done';
    return state === 'start' || state === 'other' ? unwrapFreeform(kept) : state === 'text' ? incomplete(kept) : '';
  }

  #begin(): string {
    const kept = this.#kept;
    const [opening] = OPENING.exec(kept.slice(0, MAX_OPENING)) ?? [];
    if (opening !== undefined) {
      this.#state = 'text';
      return this.#decode(kept.slice(opening.length));
    }
    const first = kept.trimStart().charAt(0);
    if (first !== '' && first !== '{' && first !== '"') {
      this.#state = 'raw';
      this.#kept = '';
      return kept;
    }
    if (kept.length > MAX_OPENING || !MAY_OPEN.test(kept)) this.#state = 'other';
    return '';
  }

  /** Passes on the characters that are whole. The string's closing quote ends the text, and nothing after it counts. */
  #decode(text: string): string {
    let decoded = '';
    let from = 0;
    for (;;) {
      const special = nextSpecial(text, from);
      if (special === -1) return this.#keep(decoded + text.slice(from), '');
      decoded += text.slice(from, special);
      if (text.charAt(special) === '"') {
        this.#state = 'done';
        this.#kept = '';
        return decoded;
      }
      const length = escapeLength(text, special);
      if (length === undefined) return this.#keep(decoded, text.slice(special));
      decoded += unescaped(text.slice(special, special + length));
      from = special + length;
    }
  }

  /** The first half of a character waits for the second. */
  #keep(decoded: string, rest: string): string {
    const last = decoded.charCodeAt(decoded.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff;
    this.#kept = isHalf ? escapedCode(last) + rest : rest;
    return isHalf ? decoded.slice(0, -1) : decoded;
  }
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22 || code === 0x5c) return at;
  }
  return -1;
}

/** The length of the escape at `at`; undefined where it is not whole yet. */
function escapeLength(text: string, at: number): number | undefined {
  const length = text.charAt(at + 1) === 'u' ? ESCAPED_CODE : 2;
  return at + length > text.length ? undefined : length;
}

/** What an escape stands for; one that JSON does not have stands for itself. */
function unescaped(escape: string): string {
  const letter = escape.charAt(1);
  if (letter === 'u') {
    const digits = escape.slice(2);
    return /^[\da-f]{4}$/i.test(digits) ? String.fromCharCode(Number.parseInt(digits, 16)) : escape;
  }
  return ESCAPES[letter] ?? (letter === '"' || letter === '\\' || letter === '/' ? letter : escape);
}

function escapedCode(code: number): string {
  return String.raw`\u` + code.toString(16);
}

/** What is left of a text that was cut: half a character, or a part of an escape, which is left out. */
function incomplete(kept: string): string {
  return kept.length >= ESCAPED_CODE && kept.startsWith(String.raw`\u`) ? unescaped(kept.slice(0, ESCAPED_CODE)) : '';
}
