/** Takes secrets out of a text; pure and linear in the text. */
export type Redact = (text: string) => string;

/** What stands where a secret stood. */
export const REDACTED = '***';

/** Shorter pieces of a secret would blot out ordinary words. */
const SHORTEST_PREFIX = 8;

const GENERAL = [
  /\b(bearer\s+)[^\s"',;]+/gi,
  /\b((?:api[_-]?)?key=|token=)[^\s"'&,;]+/gi,
  /()\b(?:sk|pk|rk|gsk|csk|xai|nvapi|hf|fw|tgp)[-_][A-Za-z0-9_-]{16,}/g,
] as const;

/**
 * Makes a redactor for error texts: every given secret, any cut of one from its start of 8 or more characters, and what looks
 * like a credential in general (`Bearer ...`, `key=...`, `sk-...`). Answers and chunks are never given to it.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST_PREFIX);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = withoutPrefixes(clean, secret);
    for (const pattern of GENERAL) clean = clean.replace(pattern, `$1${REDACTED}`);
    return clean;
  };
}

/** Vendors echo keys cut short (`sk-abcd1234...`), so the longest common run from the secret's start goes. */
function withoutPrefixes(text: string, secret: string): string {
  const head = secret.slice(0, SHORTEST_PREFIX);
  let clean = '';
  let from = 0;
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, from)) {
    let length = head.length;
    while (length < secret.length && text[at + length] === secret[length]) length++;
    clean += text.slice(from, at) + REDACTED;
    from = at + length;
  }
  return clean + text.slice(from);
}

/**
 * The same, and the host of a server besides, which errors of its own love to tell. Other addresses stay, and so does a name without dots
 * where it is no address: it may be a word. `url` must be a valid one.
 */
export function withoutHost(redact: Redact, url: string): Redact {
  const { host, hostname } = new URL(url);
  const names = [host, hostname].filter((name) => /[.:]/.test(name));
  return (text) => {
    const known = names.reduce((clean, name) => clean.replaceAll(name, REDACTED), text);
    return redact(known.replaceAll(`//${hostname}`, `//${REDACTED}`));
  };
}
