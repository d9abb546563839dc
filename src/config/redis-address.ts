import { decodedText } from '../lib/decoded-text.ts';

/** How connections to a Redis authenticate, and whether they use TLS. */
export interface RedisAccess {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The number of the database; 0 in a Cluster. */
  readonly db: number;
  readonly tls: boolean;
}

/** Where a server listens. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
}

/** One server, a Cluster, or a server that Sentinels know by `name`. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly server: RedisServer; readonly access: RedisAccess }
  /** `servers`: some of its nodes; the others are found through them. */
  | { readonly kind: 'cluster'; readonly servers: readonly RedisServer[]; readonly access: RedisAccess }
  | {
      readonly kind: 'sentinel';
      readonly name: string;
      readonly sentinels: readonly RedisServer[];
      /** Of the Sentinels themselves. */
      readonly sentinelAccess: RedisAccess;
      readonly access: RedisAccess;
    };

/** A server with the access that its URL states. */
export interface RedisTarget {
  readonly server: RedisServer;
  readonly access: RedisAccess;
}

const PORT = 6379;

/** What is wrong with the URL of a Redis server; undefined when nothing is. Does not quote the URL, which may contain a password. */
export function redisUrlProblem(text: string): string | undefined {
  const example = 'write redis://HOST:PORT, or rediss://HOST:PORT for TLS';
  if (!/^rediss?:\/\//.test(text)) return `is not the URL of a Redis server; ${example}`;
  const url = URL.parse(text);
  if (url === null) return `is not a valid URL; ${example}, special characters of the password percent-encoded`;
  if (url.hostname === '') return `needs a host; ${example}`;
  if (url.search !== '' || url.hash !== '')
    return 'must not contain a query or fragment; write %3F or %23 for one in the password';
  if (!/^(?:\/\d{0,4})?$/.test(url.pathname))
    return 'may have only the number of a database as its path, for example /2';
  return undefined;
}

/** The server of a URL in which `redisUrlProblem` finds nothing. */
export function redisTarget(text: string): RedisTarget {
  const url = new URL(text);
  return {
    // The brackets of an IPv6 address belong to URLs only.
    server: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? PORT : Number(url.port) },
    access: {
      username: url.username === '' ? undefined : decodedText(url.username),
      password: url.password === '' ? undefined : decodedText(url.password),
      db: Number(url.pathname.slice(1)),
      tls: url.protocol === 'rediss:',
    },
  };
}

/** The password in the URL of a Redis server, in plain and as it is written there; empty without one. */
export function redisPasswords(text: string): readonly string[] {
  const { password } = new URL(text);
  return password === '' ? [] : [...new Set([password, decodedText(password)])];
}
