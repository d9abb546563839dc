import { parseJsonSteps } from './json-steps.ts';
import { runAtOnce, type Steps } from './steps.ts';

/** An object or list in a text, read where strict JSON forbids only what has one meaning. */
export interface LenientJson {
  /** The same as valid JSON. Every other character is as it was. */
  readonly json: string;
  /** The offset after it in the text. */
  readonly end: number;
}

/**
 * Whether a string with control characters, or a number that JSON does not have, may be replaced. `key` is the last key before it. `value`
 * is undefined where the key itself is the string.
 */
export type MayMend = (key: string, value: string | undefined) => boolean;

/** Quotes and brackets, and numbers that JSON does not have; case-insensitive, because C prints `nan` and `inf`. */
const TOKEN = /["{}[\]]|(?<![\w.])[+-]?(?:nan|inf(?:inity)?)(?![\w.])/gi;
// oxlint-disable-next-line no-control-regex -- these are the characters that JSON does not allow within a string
const CONTROL = /[\0-\u001f]/g;

/** So much of a text is read in one step. */
const STEP_CHARS = 16 * 1024;

const COLON = /[ \t\r\n]*:/y;

/**
 * Reads the object or list that begins at `from`. `NaN`, `Infinity` and `-Infinity` become null, and control characters within strings are
 * escaped, where `mayMend` allows it. Undefined for anything else that is not JSON, such as an object that is cut. Linear in the text, and not
 * recursive.
 */
export function readLenientJson(text: string, from: number, mayMend?: MayMend): LenientJson | undefined {
  return runAtOnce(lenientJsonSteps(text, from, mayMend));
}

/** The same in steps of a few milliseconds. */
export function* lenientJsonSteps(
  text: string,
  from: number,
  mayMend: MayMend = () => true,
): Steps<LenientJson | undefined> {
  const parts: string[] = [];
  let copied = from;
  let depth = 0;
  let key = '';
  const replace = (start: number, end: number, replacement: string): void => {
    parts.push(text.slice(copied, start), replacement);
    copied = end;
  };
  // Its own, because other texts may be read between two steps.
  const tokens = new RegExp(TOKEN);
  tokens.lastIndex = from;
  let pauseAt = from + STEP_CHARS;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const [token] = found;
    const start = found.index;
    if (start > pauseAt) {
      pauseAt = start + STEP_CHARS;
      yield;
    }
    if (token === '"') {
      const end = endOfAnyString(text, start);
      if (end === -1) return undefined;
      const string = text.slice(start, end);
      const escaped = string.replaceAll(CONTROL, (char) => JSON.stringify(char).slice(1, -1));
      const isKey = isFollowedByColon(text, end);
      if (isKey) key = string.slice(1, -1);
      if (escaped !== string) {
        if (!mayMend(key, isKey ? undefined : string)) return undefined;
        replace(start, end, escaped);
      }
      tokens.lastIndex = end;
    } else if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') {
      if (--depth > 0) continue;
      const end = start + 1;
      const json = parts.join('') + text.slice(copied, end);
      return (yield* parseJsonSteps(Buffer.from(json))) !== undefined ? { json, end } : undefined;
    } else if (mayMend(key, token)) replace(start, start + token.length, 'null');
    else return undefined;
  }
  return undefined;
}

function isFollowedByColon(text: string, from: number): boolean {
  COLON.lastIndex = from;
  return COLON.test(text);
}

/** The offset after the closing quote of the string whose opening quote is at `start`; -1 where it does not end. */
function endOfAnyString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let slash = quote - 1;
    while (text[slash] === '\\') slash--;
    // An even number of backslashes escapes itself, an odd one escapes the quote.
    if ((quote - 1 - slash) % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}
