/** Where a text stops being JSON, and what stands there; it repeats nothing of the text. */
export interface JsonFault {
  /** Both count from 1, the column in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly found: string;
}

type Expected = 'value' | 'item or end' | 'key' | 'key or end' | 'colon' | 'comma or end';

/** Sticky, so each search sets `lastIndex` first; no other state is shared between calls. */
const BLANK = /[ \t\r\n]*/y;
const PLAIN = /[ !#-[\]-\u{10ffff}]*/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Common mistakes that other notations allow; the first match names the fault. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/\/[/*]|#/y, 'a comment'],
  [/[+-]?(?:NaN|Infinity)/y, 'NaN or Infinity'],
  [/'/y, 'a single quote'],
  [/None|True|False|undefined/y, "a literal of another language; JSON's are null, true and false"],
  [/[+.]\d|-?0[\dx]/iy, 'a number in a form that JSON does not have'],
  [/[a-z_$]/iy, 'a word without quotes'],
];

/** Finds the first fault of a text that `JSON.parse` rejects; undefined when there is none. Needs no stack, however deep the text nests. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;

  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const length = pattern.exec(text)?.[0].length;
    at += length ?? 0;
    return length !== undefined;
  };
  const fault = (found = nameOf(text, at)): JsonFault => {
    const lines = text.slice(0, at).split('\n');
    return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, found };
  };

  for (;;) {
    skip(BLANK);
    const char = text[at];
    if (char === undefined) return open.length === 0 && expected === 'comma or end' ? undefined : fault();
    if (expected === 'colon') {
      if (char !== ':') return fault();
      expected = 'value';
      at++;
    } else if ((char === '}' || char === ']') && open.length > 0) {
      if (expected === 'key' || (expected === 'value' && open.at(-1) === '[')) return fault('a comma before the end');
      if (expected === 'value' || open.pop() !== (char === '}' ? '{' : '[')) return fault();
      expected = 'comma or end';
      at++;
    } else if (expected === 'comma or end') {
      if (char !== ',' || open.length === 0) return fault(open.length === 0 ? 'something after its end' : undefined);
      expected = open.at(-1) === '{' ? 'key' : 'value';
      at++;
    } else if (char === '"') {
      at++;
      while (text[at] !== '"') if (skip(PLAIN) && text[at] !== '"' && !skip(ESCAPE)) return fault(inString(text[at]));
      at++;
      expected = expected.startsWith('key') ? 'colon' : 'comma or end';
    } else if (expected.startsWith('key')) return fault();
    else if (char === '{' || char === '[') {
      open.push(char);
      expected = char === '{' ? 'key or end' : 'item or end';
      at++;
    } else {
      const before = at;
      // A number or literal that goes on right behind its end is neither.
      if (!skip(SCALAR) || /[\w.$+-]/.test(text[at] ?? '')) {
        at = before;
        return fault();
      }
      expected = 'comma or end';
    }
  }
}

function nameOf(text: string, at: number): string {
  if (at >= text.length) return 'the end, too early';
  const habit = HABITS.find(([pattern]) => {
    pattern.lastIndex = at;
    return pattern.test(text);
  });
  return habit?.[1] ?? 'an unexpected character';
}

function inString(char: string | undefined): string {
  if (char === undefined) return 'the end, inside a string';
  return char === '\\' ? 'an escape that JSON does not have' : 'an unescaped control character in a string';
}
