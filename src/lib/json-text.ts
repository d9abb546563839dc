import type { Steps } from './steps.ts';

/** A string of more characters is written in several steps, and so is a value with more of them and of members. */
const LARGE_SIZE = 64 * 1024;

/** Whether a value has at most so many members, items and characters of text. Takes no longer for a larger one. */
export function isSmall(value: unknown, size = LARGE_SIZE): boolean {
  return leftOf(value, size) >= 0;
}

/** What is left of a size without that of a value; negative for nothing. */
function leftOf(value: unknown, size: number): number {
  if (typeof value === 'string') return size - value.length - 1;
  if (typeof value !== 'object' || value === null) return size - 1;
  let left = size - 1;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left >= 0; at++) left = leftOf(value[at], left);
    return left;
  }
  for (const key in value) {
    left = leftOf(Reflect.get(value, key), left - key.length);
    if (left < 0) break;
  }
  return left;
}

/** The JSON of a value that JSON has made, and of members that are undefined, as by `JSON.stringify`: as bytes between two texts: large values in steps of a few milliseconds. */
export function* jsonTextSteps(value: object, before = '', after = ''): Steps<Buffer> {
  if (isSmall(value)) return Buffer.from(before + JSON.stringify(value) + after);
  const text = new Parts(before);
  yield* write(value, text);
  text.add(after);
  return text.joined();
}

/** A text of many parts, as bytes. */
class Parts {
  readonly #buffers: Buffer[] = [];
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > LARGE_SIZE) this.#flush();
  }

  joined(): Buffer {
    this.#flush();
    return Buffer.concat(this.#buffers);
  }

  #flush(): void {
    this.#buffers.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

function* write(value: unknown, text: Parts): Steps<void> {
  if (isSmall(value)) text.add(JSON.stringify(value) ?? 'null');
  else if (typeof value === 'string') yield* writeString(value, text);
  else if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      text.add(at === 0 ? '[' : ',');
      yield* write(value[at], text);
    }
    text.add(']');
  } else {
    let before = '{';
    for (const [key, member] of Object.entries(value ?? {})) {
      if (member === undefined) continue;
      text.add(`${before}${JSON.stringify(key)}:`);
      yield* write(member, text);
      before = ',';
    }
    text.add(before === '{' ? '{}' : '}');
  }
  yield;
}

function* writeString(whole: string, text: Parts): Steps<void> {
  text.add('"');
  for (let at = 0; at < whole.length;) {
    const end = at + LARGE_SIZE;
    const code = whole.charCodeAt(end - 1);
    // Not between the halves of a surrogate pair.
    const part = whole.slice(at, code >= 0xd800 && code < 0xdc00 ? end + 1 : end);
    text.add(JSON.stringify(part).slice(1, -1));
    at += part.length;
    yield;
  }
  text.add('"');
}
