/** An object or list in a text, read where strict JSON forbids only what has one meaning. */
export interface LenientJson {
  /** The same as valid JSON. Every other character is as it was. */
  readonly json: string;
  /** The offset after it in the text. */
  readonly end: number;
}

/** Quotes and brackets, and numbers that JSON does not have; case-insensitive, because C prints `nan` and `inf`. */
const TOKEN = /["{}[\]]|(?<![\w.])[+-]?(?:nan|inf(?:inity)?)(?![\w.])/gi;
// oxlint-disable-next-line no-control-regex -- these are the characters that JSON does not allow within a string
const CONTROL = /[\0-\u001f]/g;

/**
 * Reads the object or list that begins at `from`. `NaN`, `Infinity` and `-Infinity` become null, and control characters within strings are
 * escaped. Undefined for anything else that is not JSON, such as an object that is cut. Linear in the text, and not recursive.
 */
export function readLenientJson(text: string, from: number): LenientJson | undefined {
  const parts: string[] = [];
  let copied = from;
  let depth = 0;
  const replace = (start: number, end: number, replacement: string): void => {
    parts.push(text.slice(copied, start), replacement);
    copied = end;
  };
  TOKEN.lastIndex = from;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const [token] = found;
    const start = found.index;
    if (token === '"') {
      const end = endOfAnyString(text, start);
      if (end === -1) return undefined;
      const string = text.slice(start, end);
      const escaped = string.replaceAll(CONTROL, (char) => JSON.stringify(char).slice(1, -1));
      if (escaped !== string) replace(start, end, escaped);
      TOKEN.lastIndex = end;
    } else if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') {
      if (--depth > 0) continue;
      const end = start + 1;
      const json = parts.join('') + text.slice(copied, end);
      return isJson(json) ? { json, end } : undefined;
    } else replace(start, start + token.length, 'null');
  }
  return undefined;
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
