/**
 * Rewrites one string of a JSON text. `name`: of the member whose value it is; undefined for a name, and for an element of an array. `whole`: false for the
 * last string of a text that was cut within it.
 */
export type RewriteString = (text: string, name: string | undefined, whole: boolean) => string;

/** A JSON text that was rewritten. */
export interface RewrittenJson {
  readonly text: string;
  /** Whether anything is missing at its end. */
  readonly cut: boolean;
}

/** A string, which may lack its end; a delimiter; blanks; anything else. Each is linear. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|[{}[\],:]|\s+|[^\s"{}[\],:]+/gy;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
/** An escape without its end, where an even number of backslashes is before it. */
const CUT_ESCAPE = /\\u[0-9a-fA-F]{0,3}$/;

type Expected = 'value' | 'first' | 'name' | 'colon' | 'next' | 'nothing';

/**
 * Rewrites the strings of a JSON text, which may be cut at any place, to at most `maxBytes` bytes of UTF-8. The result is JSON again: what does not fit
 * is left out at the end, a string is shortened, and what is open there is closed. All other bytes stay. Undefined for a text that does not begin as
 * JSON does.
 */
export function rewriteJson(text: string, rewrite: RewriteString, maxBytes: number): RewrittenJson | undefined {
  return new JsonRewriter(rewrite, maxBytes).run(text);
}

class JsonRewriter {
  readonly #rewrite: RewriteString;
  readonly #maxBytes: number;
  readonly #parts: string[] = [];
  #bytes = 0;
  /** The closing brackets of what is open, the innermost last. */
  readonly #closers: ('}' | ']')[] = [];
  #expected: Expected = 'value';
  /** What is written only together with the next value: blanks, commas, names and colons. */
  #pending = '';
  #name: string | undefined;
  #isFull = false;

  constructor(rewrite: RewriteString, maxBytes: number) {
    this.#rewrite = rewrite;
    this.#maxBytes = maxBytes;
  }

  run(text: string): RewrittenJson | undefined {
    TOKEN.lastIndex = 0;
    for (let found = TOKEN.exec(text); found !== null && !this.#isFull; found = TOKEN.exec(text)) {
      const end = TOKEN.lastIndex;
      // Rewriting may use the same expression.
      const isLast = end === text.length;
      if (!this.#take(found[0], isLast)) return undefined;
      TOKEN.lastIndex = end;
      if (isLast) break;
    }
    const cut = this.#isFull || this.#expected !== 'nothing';
    if (this.#parts.length === 0) return cut ? { text: 'null', cut } : undefined;
    if (!cut && this.#fits('')) this.#parts.push(this.#pending);
    return { text: this.#parts.join('') + this.#closers.toReversed().join(''), cut };
  }

  /** Returns whether the text is JSON so far. */
  #take(token: string, isLast: boolean): boolean {
    if (/^\s/.test(token)) {
      this.#pending += token;
      return true;
    }
    if (token.startsWith('"')) return this.#string(token);
    if (token === '{' || token === '[') return this.#open(token);
    if (token === '}' || token === ']') return this.#close(token);
    if (token === ',' || token === ':') return this.#separator(token);
    return this.#scalar(token, isLast);
  }

  #string(token: string): boolean {
    const inObject = this.#closers.at(-1) === '}';
    if (inObject && (this.#expected === 'first' || this.#expected === 'name')) return this.#memberName(token);
    if (!this.#expectsValue()) return false;
    const value = stringOf(token);
    if (value === undefined) return false;
    const clean = this.#rewrite(value.text, this.#name, value.whole);
    const written = clean === value.text && value.whole ? token : JSON.stringify(clean);
    if (this.#fits(written)) {
      this.#value(written);
      this.#isFull = !value.whole;
    } else {
      const room = this.#room() - Buffer.byteLength(this.#pending);
      this.#isFull = true;
      if (room > '""'.length) this.#value(shortened(clean, room));
    }
    return true;
  }

  #memberName(token: string): boolean {
    const name = stringOf(token);
    if (name === undefined) return false;
    if (!name.whole) this.#isFull = true;
    const clean = this.#rewrite(name.text, undefined, name.whole);
    this.#pending += clean === name.text ? token : JSON.stringify(clean);
    this.#name = name.text;
    this.#expected = 'colon';
    return true;
  }

  #open(token: '{' | '['): boolean {
    if (!this.#expectsValue()) return false;
    if (!this.#fits(`${token}}`)) return (this.#isFull = true);
    this.#write(token);
    this.#closers.push(token === '{' ? '}' : ']');
    this.#name = undefined;
    this.#expected = 'first';
    return true;
  }

  #close(token: '}' | ']'): boolean {
    if (this.#closers.at(-1) !== token || (this.#expected !== 'first' && this.#expected !== 'next')) return false;
    this.#closers.pop();
    // The bracket has its room since it was opened, the blanks before it may have none.
    if (!this.#fits(token)) this.#pending = '';
    this.#value(token);
    return true;
  }

  #separator(token: ',' | ':'): boolean {
    if (token === ':' ? this.#expected !== 'colon' : this.#expected !== 'next') return false;
    this.#pending += token;
    this.#expected = token === ':' || this.#closers.at(-1) === ']' ? 'value' : 'name';
    if (token === ',') this.#name = undefined;
    return true;
  }

  #scalar(token: string, isLast: boolean): boolean {
    if (!this.#expectsValue()) return false;
    // The end of a number or a word may be missing.
    if (isLast && this.#closers.length > 0) return (this.#isFull = true);
    if (!SCALAR.test(token)) return false;
    if (this.#fits(token)) this.#value(token);
    else this.#isFull = true;
    return true;
  }

  #expectsValue(): boolean {
    return this.#expected === 'value' || (this.#expected === 'first' && this.#closers.at(-1) === ']');
  }

  #value(written: string): void {
    this.#write(written);
    this.#afterValue();
  }

  #afterValue(): void {
    this.#expected = this.#closers.length === 0 ? 'nothing' : 'next';
  }

  #write(token: string): void {
    const written = this.#pending + token;
    this.#pending = '';
    this.#parts.push(written);
    this.#bytes += Buffer.byteLength(written);
  }

  /** Bytes that are left beside the brackets that must be closed. */
  #room(): number {
    return this.#maxBytes - this.#bytes - this.#closers.length;
  }

  #fits(token: string): boolean {
    return Buffer.byteLength(this.#pending) + Buffer.byteLength(token) <= this.#room();
  }
}

/** The text of a string token; of one that is cut, as far as it goes. Undefined for what is no string. */
function stringOf(token: string): { readonly text: string; readonly whole: boolean } | undefined {
  const whole = parsed(token);
  if (whole !== undefined) return { text: whole, whole: true };
  const open = token.endsWith('\\') && isCut(token) ? token.slice(0, -1) : token;
  const text = parsed(`${open}"`) ?? parsed(`${open.replace(CUT_ESCAPE, '')}"`);
  return text === undefined ? undefined : { text, whole: false };
}

/** Whether the last backslash of a token begins an escape. */
function isCut(token: string): boolean {
  const backslashes = /\\*$/.exec(token)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

function parsed(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The beginning of a text as a JSON string of at most `room` bytes. */
function shortened(text: string, room: number): string {
  let [fits, most] = [0, Math.min(text.length, room)];
  while (fits < most) {
    const middle = Math.ceil((fits + most) / 2);
    if (Buffer.byteLength(JSON.stringify(text.slice(0, middle))) <= room) fits = middle;
    else most = middle - 1;
  }
  const end = isHighSurrogate(text.charCodeAt(fits - 1)) ? fits - 1 : fits;
  return JSON.stringify(text.slice(0, end));
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
