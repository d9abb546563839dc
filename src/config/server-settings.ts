import { getHeapStatistics } from 'node:v8';
import type { JsonLimits } from '../lib/json-scanner.ts';
import { maxRequestsWithin, memoryLimit } from './max-requests.ts';
import type { Config } from './schema.ts';

/** The `server` section with every default. Sizes in bytes, times in milliseconds. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  /** The URL at which browsers find the gateway; undefined where the connection and trusted proxies show it. */
  readonly publicUrl: string | undefined;
  readonly bodyLimit: number;
  /** Most bytes of all requests' bodies that are held at once. */
  readonly maxBodyMemory: number;
  /** Limits on the JSON of bodies. */
  readonly jsonLimits: Readonly<Required<JsonLimits>>;
  /** Longest time for the head of a request. */
  readonly headersTimeout: number;
  /** Longest pause within the body of a request; after it the request is refused. */
  readonly bodyTimeout: number;
  /** How long a connection without a request is kept open. */
  readonly keepAliveTimeout: number;
  /** How long a client may read nothing before it is disconnected. */
  readonly writeIdle: number;
  /** How long new requests are still accepted after SIGTERM, so that load balancers notice the shutdown. */
  readonly drainDelay: number;
  /** How long running requests may take after the drain delay. */
  readonly drainTimeout: number;
  /** Origins that CORS allows. */
  readonly origins: readonly string[];
  /** Proxies whose X-Forwarded-For, -Proto and -Host are trusted: none, all, or these addresses and networks. */
  readonly trustProxy: boolean | readonly string[];
  /** How many requests run at once in this process. */
  readonly maxRequests: number;
  /** Whether the gateway stays ready while as many requests run as may. */
  readonly readyWhenFull: boolean;
  /** The path below which proxies reach the server, without a slash at its end; empty where there is none. */
  readonly basePath: string;
  /** Number of processes that serve; `auto`: as the machine has processors and memory. */
  readonly workers: number | 'auto';
  /** Whether the dashboard is served. */
  readonly dashboard: boolean;
}

/** The limit of Anthropic's API (https://docs.claude.com/en/api/errors#request-size-limits). */
const BODY_LIMIT = 32 * 1024 * 1024;
/** More than any API's requests have, and few enough to be read in a few milliseconds. */
const JSON_LIMITS = Object.freeze({ members: 1000, values: 200_000, numbers: 500_000, depth: 200 });
/** The part of V8's heap limit whose size the bytes of bodies may have. They are outside of the heap, but what they cause is in it. */
const HEAP_PART = 4;
const SLOW_CLIENT_MS = 30_000;
/** Longer than the 60 s after which load balancers close idle connections: the side that closes last loses no request to the race. */
const KEEP_ALIVE_MS = 65_000;
const WRITE_IDLE_MS = 60_000;
/** Kubernetes removes a pod from its endpoints within a few seconds, and allows it 30 s in total. */
const DRAIN_DELAY_MS = 5000;
const DRAIN_TIMEOUT_MS = 25_000;

/** The server's settings, with every default. `processes`: how many share the memory of the machine. */
export function serverSettings({ server }: Pick<Config, 'server'>, processes = 1): ServerSettings {
  const bodyLimit = server?.bodyLimit ?? BODY_LIMIT;
  return {
    host: server?.host ?? '127.0.0.1',
    port: server?.port ?? 4141,
    publicUrl: server?.publicUrl,
    bodyLimit,
    // One body of the largest size must always fit.
    maxBodyMemory: Math.max(bodyLimit, server?.maxBodyMemory ?? getHeapStatistics().heap_size_limit / HEAP_PART),
    jsonLimits: withDefaults(server?.jsonLimits),
    headersTimeout: server?.headersTimeout ?? SLOW_CLIENT_MS,
    bodyTimeout: server?.bodyTimeout ?? SLOW_CLIENT_MS,
    keepAliveTimeout: server?.keepAliveTimeout ?? KEEP_ALIVE_MS,
    writeIdle: server?.writeIdle ?? WRITE_IDLE_MS,
    drainDelay: server?.drainDelay ?? DRAIN_DELAY_MS,
    drainTimeout: server?.drainTimeout ?? DRAIN_TIMEOUT_MS,
    origins: server?.cors?.origins ?? [],
    trustProxy: server?.trustProxy ?? false,
    maxRequests: maxRequestsOf(server?.maxRequests, processes),
    readyWhenFull: server?.readyWhenFull ?? true,
    basePath: server?.basePath ?? '',
    workers: server?.workers ?? 1,
    dashboard: server?.dashboard ?? true,
  };
}

function maxRequestsOf(given: number | 'auto' = 'auto', processes: number): number {
  return given === 'auto' ? maxRequestsWithin(memoryLimit() / processes) : given;
}

function withDefaults(own: NonNullable<Config['server']>['jsonLimits'] = {}): Required<JsonLimits> {
  const { members, values, numbers, depth } = JSON_LIMITS;
  return {
    members: own.members ?? members,
    values: own.values ?? values,
    numbers: own.numbers ?? numbers,
    depth: own.depth ?? depth,
  };
}
