import { withoutCredentials } from './credentials.ts';
import { withoutInternalHosts } from './internal-hosts.ts';
import { REDACTED } from './secret-values.ts';

/** Replaces the secrets in a text; pure, and linear in the text. */
export type Redact = (text: string) => string;

/** Shorter pieces of a secret would match ordinary words, and shorter secrets would too unless they stand alone. */
const SHORTEST_PREFIX = 8;
/** Shorter values are not secrets. */
const SHORTEST_SECRET = 4;

/**
 * Makes a redactor for error texts. It replaces every given secret, the first 8 or more characters of one, and secrets of 4 to 7
 * characters that stand alone, each of them escaped for JSON or a URI too, and text that looks like a credential (`Bearer ...`,
 * `password=...`, `sk-...`). Answers and chunks are never redacted.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const known = [...new Set(secrets)]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    // A short secret may stand alone within a long one, whose remainder would then stay.
    .toSorted((a, b) => b.length - a.length)
    .map((secret) => ({ secret, head: headOf(secret) }));
  return (text) => {
    let clean = text;
    for (const { secret, head } of known) clean = withoutPrefixes(clean, secret, head);
    return withoutCredentials(clean);
  };
}

/** Providers echo keys cut short (`sk-abcd1234...`), so the longest text that matches the secret from its start is replaced. */
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

/** Not `matchAll`: it would find a secret that repeats its start again within itself. */
function firstFrom(head: RegExp, text: string, from: number): RegExpExecArray | null {
  head.lastIndex = from;
  return head.exec(text);
}

/** Matches the start of a secret, however it is spelled; all of a short secret, and that neither within a word nor beside a hyphen. */
function headOf(secret: string): RegExp {
  const head = Array.from({ length: Math.min(secret.length, SHORTEST_PREFIX) }, (_, at) =>
    spellingsOf(secret.charAt(at))
      .map((spelling) => spelling.replaceAll(/[^\w]/g, String.raw`\$&`))
      .join('|'),
  );
  const pattern = head.map((spellings) => `(?:${spellings})`).join('');
  return new RegExp(secret.length < SHORTEST_PREFIX ? ALONE_BEFORE + pattern + ALONE_AFTER : pattern, 'g');
}

/** The letters and digits of an escape do not count as a word. */
const ALONE_BEFORE = String.raw`(?<=^|[^\w-]|%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[bfnrt])`;
const ALONE_AFTER = String.raw`(?![\w-])`;

/** A character as it is, and as JSON and URIs may write it. */
function spellingsOf(character: string): string[] {
  const hex = character.charCodeAt(0).toString(16).padStart(4, '0');
  const codes = [hex, hex.toUpperCase()].flatMap((code) => [String.raw`\u${code}`, `%${code.slice(2)}`]);
  return [...new Set([character, ...codes, ...('"\\/'.includes(character) ? [`\\${character}`] : [])])];
}

/** How many characters of the text at `at` spell this character; 0 for none. */
function spelledAt(text: string, at: number, character: string): number {
  if (text[at] === character) return 1;
  if (text[at] !== '%' && text[at] !== '\\') return 0;
  return spellingsOf(character).find((spelling) => text.startsWith(spelling, at))?.length ?? 0;
}

/**
 * Makes a redactor for the errors of a server. It also replaces the server's host, and hosts of private networks in URLs. Other addresses stay,
 * and so does a host name without dots outside of a URL: it may be a word. `url` must be valid.
 */
export function withoutHost(redact: Redact, url: string): Redact {
  return (text) => {
    const { host, hostname } = new URL(url);
    const names = [host, hostname].filter((name) => /[.:]/.test(name));
    const known = names.reduce((clean, name) => clean.replaceAll(inAnyCase(name), REDACTED), text);
    return withoutInternalHosts(redact(known.replaceAll(inAnyCase(`//${hostname}`), `//${REDACTED}`)));
  };
}

function inAnyCase(name: string): RegExp {
  return new RegExp(name.replaceAll(/[^\w]/g, String.raw`\$&`), 'gi');
}
