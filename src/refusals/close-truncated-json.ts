/**
 * The value that a JSON text was going to be when it was cut: what was open is closed, and a member that was only begun is left out. Undefined
 * for what is no beginning of a JSON object or list. Takes time in proportion to the text, but for two attempts at parsing.
 */
export function closeCut(text: string): unknown {
  if (!/^[{[]/.test(text)) return undefined;
  const { open, quoted, comma } = scan(text);
  // Half of an escape is worth nothing.
  const end = quoted ? text.replace(/\\(?:u[\da-f]{0,3})?$/i, '') : text;
  return (
    parsed(end + (quoted ? '"' : '') + open) ??
    (comma === undefined ? undefined : parsed(text.slice(0, comma.at) + comma.open))
  );
}

interface Cut {
  /** What closes the objects and lists that are open, innermost first. */
  readonly open: string;
  readonly quoted: boolean;
  /** The last comma between members, and what was open there. */
  readonly comma: { readonly at: number; readonly open: string } | undefined;
}

/** Deeper ones are not read. */
const MOST_LEVELS = 64;

function scan(text: string): Cut {
  let open = '';
  let quoted = false;
  let comma: Cut['comma'];
  for (let at = 0; at < text.length && open.length <= MOST_LEVELS; at++) {
    const character = text.charAt(at);
    if (character === '"') quoted = !quoted;
    else if (quoted) at += character === '\\' ? 1 : 0;
    else if (character === '{') open = `}${open}`;
    else if (character === '[') open = `]${open}`;
    else if (character === '}' || character === ']') open = open.slice(1);
    else if (character === ',') comma = { at, open };
  }
  return { open, quoted, comma };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
