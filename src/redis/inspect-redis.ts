import type { RedisAddress } from '../config/redis-address.ts';
import { connectRedis, type RedisClient } from './connect.ts';
import { type RedisError, type RedisProblem, toRedisError } from './redis-error.ts';
import { createScript, runScript } from './script.ts';

/** What is found of a server. `problems` keep the gateway from using it, `warnings` do not. Each is one line without the server's address. */
export interface RedisInspection {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** As it says itself, for people, such as `Redis 7.0.15`; undefined where that is unknown. */
  readonly version: string | undefined;
}

/** The first version whose SET takes GET with an expiry (https://redis.io/docs/latest/commands/set/). */
const OLDEST = [6, 2] as const;
/** A key of its own, which expires in a second. */
const WRITE = createScript("return redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000, 'GET') or ARGV[1]");
const KEPT_POLICIES = /^(?:noeviction|volatile-.+)$/;

/** What to do about a problem. */
const ADVICE: Readonly<Record<Exclude<RedisProblem, 'refused'>, string>> = Object.freeze({
  unreachable: 'cannot be reached; check the address, and that it runs',
  loading: 'is loading its data or busy; try again',
  readonly: 'takes no writes; write the address of the primary',
  full: 'has no memory left; raise maxmemory',
  forbidden: 'refuses the login; check user, password and rights',
  down: 'is a Cluster that does not serve all keys; check its nodes',
});

/** Longest wait for the server, in milliseconds. */
const LONGEST_WAIT_MS = 5000;
const LATE: RedisInspection = { problems: ['does not answer within 5s'], warnings: [], version: undefined };

/** What is needed beside an address. */
export interface InspectOptions {
  /** Of names of keys. */
  readonly prefix: string;
  readonly ca?: string | undefined;
}

/**
 * Asks a server whether counts can be kept in it: by a script that writes, its version, and whether it evicts keys. Takes 5 seconds at most, and closes its connection.
 * Never rejects.
 */
export async function inspectRedis(address: RedisAddress, { prefix, ca }: InspectOptions): Promise<RedisInspection> {
  await using connection = await connectRedis(address, { name: 'spillway-check', ca });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<RedisInspection>((resolve) => (timer = setTimeout(resolve, LONGEST_WAIT_MS, LATE)));
  const found = connection.opened.then((error) =>
    error === undefined ? inspect(connection.client, prefix) : failed(describe(error)),
  );
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function inspect(client: RedisClient, prefix: string): Promise<RedisInspection> {
  const info = await infoOf(client);
  const version = versionOf(info);
  if (version !== undefined && isOlder(version.number))
    return failed(`is ${version.text}; upgrade it to ${OLDEST.join('.')} or later`, version.text);
  try {
    await client.ping();
    await runScript(client, WRITE, { keys: [`${prefix}:check`], args: ['x'] });
  } catch (error) {
    return failed(describe(toRedisError(error)), version?.text);
  }
  return { problems: [], warnings: await evictionWarnings(client, info), version: version?.text };
}

function describe({ problem, message }: RedisError): string {
  return problem === 'refused' ? `refuses a script: ${message}` : `${ADVICE[problem]} (${message})`;
}

function failed(problem: string, version?: string): RedisInspection {
  return { problems: [problem], warnings: [], version };
}

/** Empty where the user may not read it, or the connection is none: the script says why. */
async function infoOf(client: RedisClient): Promise<string> {
  try {
    return await client.info();
  } catch {
    return '';
  }
}

function versionOf(info: string): { readonly text: string; readonly number: string } | undefined {
  // Valkey states a version of Redis that it is compatible with, and its own.
  const own = /^valkey_version:(\S+)/m.exec(info)?.[1];
  const number = /^redis_version:(\S+)/m.exec(info)?.[1];
  if (number === undefined) return undefined;
  return { text: own === undefined ? `Redis ${number}` : `Valkey ${own}`, number };
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

async function evictionWarnings(client: RedisClient, info: string): Promise<readonly string[]> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? (await configuredPolicy(client));
  if (policy === undefined)
    return ['does not say its maxmemory-policy; make sure that it is noeviction or one of volatile-*'];
  if (KEPT_POLICIES.test(policy)) return [];
  return [
    `evicts any key when its memory is full, and counts with them (maxmemory-policy ${policy}); set it to noeviction`,
  ];
}

/** Undefined where the user may not read it, as with hosted servers. */
async function configuredPolicy(client: RedisClient): Promise<string | undefined> {
  try {
    const reply: unknown = await client.config('GET', 'maxmemory-policy');
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
  } catch {
    return undefined;
  }
}
