import { isIP } from 'node:net';
import { addressKind } from './address.ts';
import { REDACTED } from './credentials.ts';

/** The authority of a URL behind its user part: a host in brackets or without, and a port. The slashes may be escaped, as in JSON and URIs. */
const IN_URL =
  /(?<scheme>\b[a-z]{1,20})?(?<slashes>(?::|%3a)(?:\\?\/|%2f){2}(?:[^\s/?#"'<>\\@]{0,400}@)?)(?<host>\[[0-9a-f:.%]{2,60}\]|[\p{L}\p{N}_.-]{1,255})(?<port>(?::|%3a)\d{1,5}\b)?/giu;
/** A host outside of a URL, which is one for certain: with a port, or below a domain of a cluster or of Docker. */
const BARE =
  /(?<![\p{L}\p{N}_.:/-])(?:(?<host>(?:\d{1,3}\.){3}\d{1,3}|localhost|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,8}\.(?:internal|local|localdomain|lan|intranet|corp))(?<port>:\d{1,5})(?!\d)|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,8}\.(?:cluster\.local|docker\.internal)(?![\w-]))/giu;

/** Top-level domains, and domains of clusters, that the internet does not have (RFC 6761, 6762, 8375; ICANN reserves `internal`). */
const INTERNAL_DOMAINS =
  /(?:^|\.)(?:localhost|internal|local|localdomain|lan|intranet|intra|corp|private|home|home\.arpa|svc|consul|cluster)$/;

/**
 * Replaces hosts of private networks in the URLs of a text, with their ports: private and local addresses, names of one label, names under
 * domains that the internet does not have. A provider's error may show what is behind its proxy. Public hosts stay. Linear in the text.
 */
export function withoutInternalHosts(text: string): string {
  const clean = text.replace(IN_URL, (match: string, ...rest: readonly unknown[]) => {
    const { scheme, slashes = '', host = '', port } = groupsOf(rest);
    const named =
      isInternal(host) || (isSingleLabel(host) && (port !== undefined || /^(?:https?|wss?)$/i.test(scheme ?? '')));
    // The host may end the sentence.
    const end = /[.-]+$/.exec(host)?.[0] ?? '';
    return named ? `${scheme ?? ''}${slashes}${REDACTED}${port === undefined ? end : ''}` : match;
  });
  return clean.replace(BARE, (match: string, ...rest: readonly unknown[]) => {
    const { host } = groupsOf(rest);
    return host === undefined || isInternal(host) ? REDACTED : match;
  });
}

type Groups = Readonly<Record<string, string | undefined>>;

/** The named groups among the arguments of a replacer. */
function groupsOf(rest: readonly unknown[]): Groups {
  const groups: Groups = Object(rest.at(-1));
  return groups;
}

function isInternal(host: string): boolean {
  const name = host
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '')
    .toLowerCase();
  if (isIP(name.split('%', 1)[0] ?? '') !== 0) return addressKind(name) !== 'public';
  return INTERNAL_DOMAINS.test(name);
}

function isSingleLabel(host: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_-]*\.?$/u.test(host);
}
