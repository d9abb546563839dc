import {
  type RedisAccess,
  type RedisAddress,
  redisPasswords,
  type RedisServer,
  type RedisTarget,
  redisTarget,
  SENTINEL_PORT,
} from './redis-address.ts';
import type { Config } from './schema.ts';

/** The `state` section with every default. Times in milliseconds. */
export interface StateSettings {
  readonly address: RedisAddress;
  /** What all names of keys begin with. */
  readonly prefix: string;
  /** How long a request waits for Redis at most. */
  readonly timeout: number;
  /** How long the bookings of a process that died still count. */
  readonly lease: number;
  /** How many processes there are, as long as Redis has not said so. */
  readonly replicas: number;
  /** Certificate authorities in PEM that are trusted beside the default ones. */
  readonly ca: string | undefined;
}

type RedisConfig = NonNullable<Config['state']>['redis'];

/** The settings of a state that is shared, with every default; undefined where it is kept in memory. */
export function stateSettings({ state }: Pick<Config, 'state'>): StateSettings | undefined {
  if (state === undefined) return undefined;
  const { redis, prefix = 'sw', timeout = 50, lease = 30_000, replicas = 1, ca } = state;
  return { address: addressOf(redis), prefix, timeout, lease, replicas, ca };
}

/** All passwords in the `state` section, in plain and as they are written there. */
export function statePasswords({ state }: Pick<Config, 'state'>): readonly string[] {
  if (state === undefined) return [];
  const { redis } = state;
  if (typeof redis === 'string') return redisPasswords(redis);
  if (Array.isArray(redis)) return redis.flatMap(redisPasswords);
  const own = redis.password?.reveal();
  return [...redis.sentinel.hosts.flatMap(redisPasswords), ...(own === undefined ? [] : [own])];
}

/** The address of a server for people, without users and passwords. */
export function describeAddress(address: RedisAddress): string {
  const scheme = address.access.tls ? 'rediss' : 'redis';
  switch (address.kind) {
    case 'server':
      return `${scheme}://${hostOf(address.server)}`;
    case 'cluster':
      return address.servers.map((server) => `${scheme}://${hostOf(server)}`).join(', ');
    case 'sentinel':
      return `'${address.name}' of the Sentinels ${address.sentinels.map(hostOf).join(', ')}`;
  }
}

function addressOf(redis: RedisConfig): RedisAddress {
  if (typeof redis === 'string') return { kind: 'server', ...redisTarget(redis) };
  if (Array.isArray(redis)) {
    const targets = redis.map((text) => redisTarget(text));
    return { kind: 'cluster', servers: targets.map(({ server }) => server), access: accessOf(targets) };
  }
  const { sentinel, user, password, database = 0, tls = false } = redis;
  const sentinels = sentinel.hosts.map((host) => redisTarget(host, SENTINEL_PORT));
  return {
    kind: 'sentinel',
    name: sentinel.name,
    sentinels: sentinels.map(({ server }) => server),
    sentinelAccess: accessOf(sentinels),
    access: { username: user, password: password?.reveal(), db: database, tls },
  };
}

/** All servers have one password. It need not stand in each URL. */
function accessOf(targets: readonly RedisTarget[]): RedisAccess {
  const all = targets.map(({ access }) => access);
  const { username, password } = all.find((access) => access.password !== undefined) ?? NO_LOGIN;
  return { username, password, db: 0, tls: all.some(({ tls }) => tls) };
}

const NO_LOGIN = Object.freeze({ username: undefined, password: undefined });

function hostOf({ host, port }: RedisServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
