import type { Config } from './schema.ts';

/** How the server listens and what it takes; sizes in bytes, times in milliseconds. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly bodyLimit: number;
  /** How long a caller may take to send a head. */
  readonly headersTimeout: number;
  /** A caller who sends nothing of his body for this long is refused. */
  readonly bodyTimeout: number;
  /** How long a connection without a request is kept. */
  readonly keepAliveTimeout: number;
  /** A reader who takes nothing for this long is dropped. */
  readonly writeIdle: number;
  /** How long who comes is still served after SIGTERM, until balancers have noticed. */
  readonly drainDelay: number;
  /** How long what runs may go on after that. */
  readonly drainTimeout: number;
  /** Origins on the CORS allow-list. */
  readonly origins: readonly string[];
  /** Whose X-Forwarded-For is believed: nobody's, everybody's, or that of these addresses and networks. */
  readonly trustProxy: boolean | readonly string[];
}

const BODY_LIMIT = 20 * 1024 * 1024;
const SLOW_CALLER_MS = 30_000;
/** Longer than the minute after which balancers close theirs: who closes last loses no request to the race. */
const KEEP_ALIVE_MS = 65_000;
const WRITE_IDLE_MS = 60_000;
/** Kubernetes takes a pod out of its endpoints within a few seconds, and gives it 30 in all. */
const DRAIN_DELAY_MS = 5000;
const DRAIN_TIMEOUT_MS = 25_000;

/** The server's settings, with every default in place. Pure. */
export function serverSettings({ server }: Pick<Config, 'server'>): ServerSettings {
  return {
    host: server?.host ?? '127.0.0.1',
    port: server?.port ?? 4141,
    bodyLimit: server?.bodyLimit ?? BODY_LIMIT,
    headersTimeout: server?.headersTimeout ?? SLOW_CALLER_MS,
    bodyTimeout: server?.bodyTimeout ?? SLOW_CALLER_MS,
    keepAliveTimeout: server?.keepAliveTimeout ?? KEEP_ALIVE_MS,
    writeIdle: server?.writeIdle ?? WRITE_IDLE_MS,
    drainDelay: server?.drainDelay ?? DRAIN_DELAY_MS,
    drainTimeout: server?.drainTimeout ?? DRAIN_TIMEOUT_MS,
    origins: server?.cors?.origins ?? [],
    trustProxy: server?.trustProxy ?? false,
  };
}
