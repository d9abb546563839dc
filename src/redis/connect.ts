import { getCACertificates } from 'node:tls';
import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import type { RedisAccess, RedisAddress } from '../config/redis-address.ts';
import { type RedisError, toRedisError } from './redis-error.ts';

/** A connection to a server, or to all nodes of a Cluster. */
export type RedisClient = Redis | Cluster;

/** A connection that is opened again by itself whenever it is lost. Its disposal closes it; commands without a reply then reject. */
export interface RedisConnection extends AsyncDisposable {
  /**
   * Its commands reject at once while there is no connection, and when the connection is lost before the reply: none is sent twice. Errors of commands become readable
   * by `toRedisError`.
   */
  readonly client: RedisClient;
  /** Resolves once: with undefined when the connection is ready, or with the first problem before that. It is tried again all the same. */
  readonly opened: Promise<RedisError | undefined>;
}

/** How a connection is used. */
export interface ConnectOptions {
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  /** Certificate authorities in PEM that are trusted beside the default ones. */
  readonly ca?: string | undefined;
  /** Whether replies may take any time, as of a blocking command. Unless true, a connection that sends nothing for 5 s while a reply is due is opened anew. */
  readonly blocks?: boolean;
  /** Called for each problem of the connection, as often as one is met: several times a second while the server cannot be reached. */
  readonly onProblem?: (error: RedisError) => void;
}

const CONNECT_TIMEOUT_MS = 2000;
/** A connection that is silent for so long while a reply is due is lost: a packet filter in between may have forgotten it. */
const SILENCE_MS = 5000;
const KEEP_ALIVE_MS = 10_000;
/** How long a close waits for the server's own. */
const DISCONNECT_MS = 200;
const SLOWEST_RETRY_MS = 500;

/** Opens a connection. Does not wait for it; see `opened`. Loads ioredis, which a gateway without Redis does not. */
export async function connectRedis(address: RedisAddress, options: ConnectOptions): Promise<RedisConnection> {
  const { Cluster: NewCluster, Redis: NewRedis } = await import('ioredis');
  const client =
    address.kind === 'cluster'
      ? new NewCluster([...address.servers], clusterOptions(commonOptions(address.access, options)))
      : new NewRedis(serverOptions(address, options));
  const { promise: opened, resolve } = Promise.withResolvers<RedisError | undefined>();
  const onError = (error: unknown): void => {
    const problem = toRedisError(error);
    resolve(problem);
    options.onProblem?.(problem);
  };
  client.on('error', onError);
  client.on('node error', onError);
  client.once('ready', () => resolve(undefined));
  return {
    client,
    opened,
    async [Symbol.asyncDispose]() {
      if (client.status === 'end') return;
      const ended = new Promise<void>((done) => void client.once('end', () => done()));
      client.disconnect();
      await ended;
    },
  };
}

function serverOptions(address: Exclude<RedisAddress, { kind: 'cluster' }>, options: ConnectOptions): RedisOptions {
  const common = { ...commonOptions(address.access, options), retryStrategy };
  if (address.kind === 'server') return { ...common, ...address.server };
  const { name, sentinels, sentinelAccess } = address;
  return {
    ...common,
    name,
    sentinels: [...sentinels],
    ...(sentinelAccess.username !== undefined && { sentinelUsername: sentinelAccess.username }),
    ...(sentinelAccess.password !== undefined && { sentinelPassword: sentinelAccess.password }),
    ...(sentinelAccess.tls && { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(options) }),
    sentinelRetryStrategy: retryStrategy,
    // Sentinels announce a failover; without it the old primary may stay connected until it answers READONLY.
    failoverDetector: true,
  };
}

function commonOptions({ username, password, db, tls }: RedisAccess, options: ConnectOptions): RedisOptions {
  return {
    connectionName: options.name,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: tlsOptions(options) }),
    db,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_MS,
    keepAlive: KEEP_ALIVE_MS,
    ...(options.blocks !== true && { socketTimeout: SILENCE_MS }),
    // What cannot be sent now is decided elsewhere, and what may have been executed is not sent again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // After a failover the connection may lead to what is a replica now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

/** At the top level as well: the options of nodes do not hold for what waits for a node (redis/ioredis#1604). */
function clusterOptions(common: RedisOptions): ClusterOptions {
  const { db: _, enableOfflineQueue, ...redisOptions } = common;
  return {
    redisOptions,
    enableOfflineQueue: enableOfflineQueue ?? false,
    clusterRetryStrategy: retryStrategy,
    maxRedirections: 4,
    // Each of these would send a command again that may have been executed, or hold it back.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
  };
}

function tlsOptions({ ca }: ConnectOptions): NonNullable<RedisOptions['tls']> {
  return ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
}

/** Milliseconds until the next try. Short, since a connection is what ends an outage; by chance, so that a fleet does not come at once. */
function retryStrategy(times: number): number {
  const wait = Math.min(50 * times, SLOWEST_RETRY_MS);
  return wait / 2 + (Math.random() * wait) / 2;
}
