import pg from 'pg';

/** How long connecting may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2000;
/** How long the server may run one statement, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 3000;
/** How long an answer is waited for, in milliseconds: longer than the server's own limit, which a server that hangs does not keep. */
const QUERY_TIMEOUT_MS = 4000;
/** After how long the server ends a transaction whose process is silent, in milliseconds. Its locks would stop all others. */
const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;

/** Type of `bigint`. Counts and money stay far below 2^53, up to which a JavaScript number is exact. */
const BIGINT = 20;

/**
 * Options of a connection to the server at the URL. `sslmode` means what it means for libpq
 * (https://www.postgresql.org/docs/current/libpq-ssl.html); without it there is no TLS.
 */
export function connectionOptions(url: string): pg.ClientConfig {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('uselibpqcompat')) parsed.searchParams.set('uselibpqcompat', 'true');
  return {
    connectionString: parsed.href,
    fallback_application_name: 'spillway',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === BIGINT ? Number : pg.types.getTypeParser(type, format === 'binary' ? 'binary' : 'text'),
    },
  };
}

/** The limits of statements while requests are served. Those of migrations may run for longer. */
export const STATEMENT_LIMITS: pg.ClientConfig = Object.freeze({
  statement_timeout: STATEMENT_TIMEOUT_MS,
  query_timeout: QUERY_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
});

/** The server and the database of a URL, without user, password and options: the name of the store in messages. */
export function addressOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `postgres://${host || searchParams.get('host') || 'localhost'}${pathname}`;
}
