import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { addressKind } from './address.ts';
import { REDACTED } from './secret-values.ts';

/** The authority of a URL, with a scheme or without, behind its user part: a host in brackets or without, and a port. The slashes may be escaped. */
const IN_URL =
  /(?<scheme>\b[a-z]{1,20})?(?<slashes>(?:(?::|%3a)(?:\\?\/|%2f){2}|(?<![\w:/\\])\/\/)(?:[^\s/?#"'<>\\@]{0,400}@)?)(?<host>\[[0-9a-f:.%]{2,60}\]|[\p{L}\p{N}_.-]{1,255})(?<port>(?::|%3a)\d{1,5}\b)?/giu;
/** A host outside of a URL, which is one for certain: with a port, or below a domain of a cluster or of Docker. */
const BARE =
  /(?<![\p{L}\p{N}_.-]|::|\d:|(?<![\s"'(:]|localhost|^)\/)(?:(?<host>(?:\d{1,3}\.){3}\d{1,3}|localhost|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,8}\.(?:internal|local|localdomain|lan|intranet|corp))(?<port>:\d{1,5})(?!\d)|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,8}\.(?:cluster\.local|docker\.internal)(?![\w-]))/giu;

/** An address without a port. The number of a version looks like one, and so does a product's behind its slash. */
const IPV4 =
  /(?<![\p{L}\p{N}_.-]|[\p{L}\p{N}]\/|::|\d:|\b(?:versions?|ver|releases?|build|firmware|driver|v)["']{0,1}\s{0,4}[:=]?\s{0,4}["']?)(?:\d{1,3}\.){3}\d{1,3}(?!\.?[\p{L}\p{N}_]|-\p{L})/giu;
/** Unique local, link-local and loopback addresses, and IPv4 addresses in IPv6, with their zone, brackets and port. */
const IPV6 =
  /(?<![\w:.])\[?(?<address>(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?::[0-9a-f]{0,4}){2,7}|(?:0:){7}1|::1|::ffff:(?:\d{1,3}\.){3}\d{1,3})(?:%\w{1,20})?\]?(?::\d{1,5})?(?![\w]|:[\w:])/gi;
/** Names of machines and of services of a cluster, which are hosts without a port too. */
const MACHINE =
  /(?<![\w.:/-])(?:ip-\d{1,3}(?:-\d{1,3}){3}(?:\.[a-z0-9-]{1,63}){0,8}|(?:[a-z0-9_-]{1,63}\.){2,8}(?:internal|svc))(?![\w-]|\.\w)/gi;
const LABEL = '[a-z][a-z0-9_-]{0,62}';
/** What a sentence counts rather than reaches, before a colon and a number. */
const NO_PLACE =
  '(?!(?:line|column|col|position|pos|index|char|character|offset|row|byte|token|step|port|page|item|message|layer|time|code|status|error)s?:)';
/** No year of a model's name. */
const PORT = String.raw`:(?!202\d\b)(?:80|\d{3,5})(?!\w|:\d)`;
/** A name of one label where a sentence or a network error has a host: with a port, or as the name of a failed lookup. */
const SERVICE = new RegExp(
  [
    String.raw`(?<=\b(?:at|to|from|via|on|host|server|upstream|backend|endpoint|node|tcp|connect|ECONNREFUSED|ECONNRESET|ETIMEDOUT)(?:\s{1,4}|\s?[:=]\s?)["'(]?)${NO_PLACE}${LABEL}${PORT}`,
    String.raw`(?<![\w.:/-])${NO_PLACE}${LABEL}${PORT}(?=:?\s(?:refused|connection|timed|unreachable|failed|closed|reset|did not|is (?:down|not|un)))`,
    String.raw`(?<=\b(?:ENOTFOUND|EAI_AGAIN|resolve host:?)\s)${LABEL}(?::\d{1,5})?(?!\.?\w|-)`,
    String.raw`(?<=\b(?:to|lookup)\s)${LABEL}(?=\sport\s\d|:\sno such host|\son\s[\d[])`,
  ].join('|'),
  'gi',
);

/** Networks whose addresses are replaced without a URL or a port (RFC 1918, 3927, 6598, and loopback). Others may be numbers of versions. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('100.64.0.0', 10);
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('169.254.0.0', 16);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);

/** Top-level domains, and domains of clusters, that the internet does not have (RFC 6761, 6762, 8375; ICANN reserves `internal`). */
const INTERNAL_DOMAINS =
  /(?:^|\.)(?:localhost|internal|local|localdomain|lan|intranet|intra|corp|private|home|home\.arpa|svc|consul|cluster)$/;

/**
 * Replaces hosts of private networks in a text, with their ports: private and local addresses, names under domains that the internet does not
 * have, and names of one label in URLs and where a sentence has a host. A provider's error may show what is behind its proxy. Public hosts stay,
 * and so do addresses behind the word "version". Linear in the text.
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
  return clean
    .replace(BARE, (match: string, ...rest: readonly unknown[]) => {
      const { host } = groupsOf(rest);
      return host === undefined || isInternal(host) ? REDACTED : match;
    })
    .replace(IPV6, (match: string, address: string) =>
      isIPv6(address) && (!/^::f/i.test(address) || isInternal(address)) ? REDACTED : match,
    )
    .replace(IPV4, (address) => (isIPv4(address) && PRIVATE.check(address) ? REDACTED : address))
    .replace(MACHINE, REDACTED)
    .replace(SERVICE, REDACTED);
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
