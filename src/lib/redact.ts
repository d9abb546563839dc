import { withoutCredentials } from './credentials.ts';
import { withoutInternalHosts } from './internal-hosts.ts';
import { createFindSecrets } from './find-secrets.ts';
import type { TextRange } from './secret-pieces.ts';
import { REDACTED } from './secret-values.ts';

/** Replaces the secrets in a text; pure, and linear in the text. */
export type Redact = (text: string) => string;

/**
 * Makes a redactor for error texts. It replaces the given secrets and their pieces, however they are encoded (see `createFindSecrets`), and text
 * that looks like a credential (`Bearer ...`, `password=...`, `sk-...`). Answers and chunks are never redacted. Takes some time and memory for
 * each secret, once.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const find = createFindSecrets(secrets);
  return (text) => withoutCredentials(withoutRanges(text, find(text)));
}

/** Replaces ranges, which may overlap and are in any order. */
function withoutRanges(text: string, ranges: readonly TextRange[]): string {
  if (ranges.length === 0) return text;
  let clean = '';
  let from = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    // One that continues another one is replaced with it.
    if (start > from || from === 0) clean += text.slice(from, start) + REDACTED;
    from = Math.max(from, end);
  }
  return clean + text.slice(from);
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
