import { parseJson } from '../lib/parse-json.ts';

/**
 * Parses a truncated JSON text: closes the objects and lists that are open, and drops a member that is incomplete. Returns undefined if the
 * text is not the beginning of a JSON object or list. Linear in the text, apart from at most two calls of the parser.
 */
export function closeTruncatedJson(text: string): unknown {
  if (!/^[{[]/.test(text)) return undefined;
  const { closers, inString, lastComma } = scan(text);
  // An incomplete escape cannot be closed.
  const end = inString ? text.replace(/\\(?:u[\da-f]{0,3})?$/i, '') : text;
  return (
    parseJson(end + (inString ? '"' : '') + closers) ??
    (lastComma === undefined ? undefined : parseJson(text.slice(0, lastComma.at) + lastComma.closers))
  );
}

/** The state of a JSON text at its end. */
interface Truncation {
  /** Brackets that close the open objects and lists, innermost first. */
  readonly closers: string;
  readonly inString: boolean;
  /** The last comma between members, with the brackets that close what was open there. */
  readonly lastComma: { readonly at: number; readonly closers: string } | undefined;
}

/** Nesting below this depth is not scanned. */
const MAX_DEPTH = 64;

function scan(text: string): Truncation {
  let closers = '';
  let inString = false;
  let lastComma: Truncation['lastComma'];
  for (let at = 0; at < text.length && closers.length <= MAX_DEPTH; at++) {
    const character = text.charAt(at);
    if (character === '"') inString = !inString;
    else if (inString) at += character === '\\' ? 1 : 0;
    else if (character === '{') closers = `}${closers}`;
    else if (character === '[') closers = `]${closers}`;
    else if (character === '}' || character === ']') closers = closers.slice(1);
    else if (character === ',') lastComma = { at, closers };
  }
  return { closers, inString, lastComma };
}
