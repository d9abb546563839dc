/** Takes secrets out of a text; pure and linear in the text. */
export type Redact = (text: string) => string;

/** What stands where a secret stood. */
export const REDACTED = '***';

/** Shorter pieces of a secret would blot out ordinary words, and shorter secrets do unless they stand alone. */
const SHORTEST_PREFIX = 8;
/** Who configures less has no secret. */
const SHORTEST_SECRET = 4;

const GENERAL = [
  /\b(bearer\s+)[^\s"',;]+/gi,
  /\b((?:api[_-]?)?key=|token=)[^\s"'&,;]+/gi,
  /()\b(?:sk|pk|rk|gsk|csk|xai|nvapi|hf|fw|tgp)[-_][A-Za-z0-9_-]{16,}/g,
] as const;

/**
 * Makes a redactor for error texts: every given secret, any cut of one from its start of 8 or more characters, secrets of 4 to 7 where
 * they stand alone, each of them escaped for JSON or a URI too, and what looks like a credential in general (`Bearer ...`, `key=...`,
 * `sk-...`). Answers and chunks are never given to it.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const known = [...new Set(secrets)]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    // A short one may stand alone within a long one, whose rest would then be left.
    .toSorted((a, b) => b.length - a.length)
    .map((secret) => ({ secret, head: headOf(secret) }));
  return (text) => {
    let clean = text;
    for (const { secret, head } of known) clean = withoutPrefixes(clean, secret, head);
    for (const pattern of GENERAL) clean = clean.replace(pattern, `$1${REDACTED}`);
    return clean;
  };
}

/** Vendors echo keys cut short (`sk-abcd1234...`), so the longest common run from the secret's start goes. */
function withoutPrefixes(text: string, secret: string, head: RegExp): string {
  let clean = '';
  let from = 0;
  for (let found = firstFrom(head, text, 0); found !== null; found = firstFrom(head, text, from)) {
    let end = found.index + found[0].length;
    for (let next = SHORTEST_PREFIX; next < secret.length; next++) {
      const length = spelledAt(text, end, secret.charAt(next));
      if (length === 0) break;
      end += length;
    }
    clean += text.slice(from, found.index) + REDACTED;
    from = end;
  }
  return clean + text.slice(from);
}

/** Not `matchAll`: a secret that repeats its start would be found again within itself. */
function firstFrom(head: RegExp, text: string, from: number): RegExpExecArray | null {
  head.lastIndex = from;
  return head.exec(text);
}

/** What begins as the secret does, however it is spelled; the whole of a short one, and neither in a word nor beside a hyphen. */
function headOf(secret: string): RegExp {
  const head = Array.from({ length: Math.min(secret.length, SHORTEST_PREFIX) }, (_, at) =>
    spellingsOf(secret.charAt(at))
      .map((spelling) => spelling.replaceAll(/[^\w]/g, String.raw`\$&`))
      .join('|'),
  );
  const pattern = head.map((spellings) => `(?:${spellings})`).join('');
  return new RegExp(secret.length < SHORTEST_PREFIX ? ALONE_BEFORE + pattern + ALONE_AFTER : pattern, 'g');
}

/** An escape's letters and digits are no word. */
const ALONE_BEFORE = String.raw`(?<=^|[^\w-]|%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[bfnrt])`;
const ALONE_AFTER = String.raw`(?![\w-])`;

/** A character as it is, and as JSON and URIs may write it. */
function spellingsOf(character: string): string[] {
  const hex = character.charCodeAt(0).toString(16).padStart(4, '0');
  const codes = [hex, hex.toUpperCase()].flatMap((code) => [String.raw`\u${code}`, `%${code.slice(2)}`]);
  return [...new Set([character, ...codes, ...('"\\/'.includes(character) ? [`\\${character}`] : [])])];
}

/** How much of the text spells this character there. */
function spelledAt(text: string, at: number, character: string): number {
  if (text[at] === character) return 1;
  if (text[at] !== '%' && text[at] !== '\\') return 0;
  return spellingsOf(character).find((spelling) => text.startsWith(spelling, at))?.length ?? 0;
}

/**
 * The same, and the host of a server besides, which errors of its own love to tell. Other addresses stay, and so does a name without dots
 * where it is no address: it may be a word. `url` must be a valid one.
 */
export function withoutHost(redact: Redact, url: string): Redact {
  return (text) => {
    const { host, hostname } = new URL(url);
    const names = [host, hostname].filter((name) => /[.:]/.test(name));
    const known = names.reduce((clean, name) => clean.replaceAll(name, REDACTED), text);
    return redact(known.replaceAll(`//${hostname}`, `//${REDACTED}`));
  };
}
