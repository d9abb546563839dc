import { isIPv4 } from 'node:net';
import { isShortKey, SHORTEST_KEY } from './key-digest.ts';
import type { ConfigProblem } from './problems.ts';
import type { Config } from './schema.ts';

/** Whether a host to listen on, or to connect to, is this machine's loopback interface. Pure. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * The problem with listening on a host while no gateway key is configured: a keyless gateway serves every request, so that only this machine
 * may reach it. Undefined for a loopback host. Pure.
 */
export function keylessProblem(host: string): string | undefined {
  if (isLoopback(host)) return undefined;
  return `'${host}' is reachable from other machines; configure auth.keys or listen on 127.0.0.1`;
}

/** The problems of short gateway keys, given in the order of the file, on a host that other machines can reach. Pure. */
export function shortKeyProblems(keys: readonly (string | undefined)[], host: string): ConfigProblem[] {
  if (isLoopback(host)) return [];
  return shortKeysOf(keys).map((path) => ({
    path,
    message: `has fewer than ${SHORTEST_KEY} characters, and '${host}' is reachable from other machines; ${REMEDY}`,
  }));
}

/** The warnings of short gateway keys, given in the order of the file. Pure. */
export function shortKeyWarnings(keys: readonly string[]): ConfigProblem[] {
  const message = `has fewer than ${SHORTEST_KEY} characters, so that it can be guessed; ${REMEDY}`;
  return shortKeysOf(keys).map((path) => ({ path, message }));
}

const REMEDY = 'use a random one, as `openssl rand -hex 32` prints';

/** The paths of the keys that are short. */
function shortKeysOf(keys: readonly (string | undefined)[]): string[] {
  return keys.flatMap((key, index) => (key !== undefined && isShortKey(key) ? [`auth.keys[${index}].key`] : []));
}

/** Whether a store at this URL may hold keys of clients; false without a store. Whether it does is known once it is open. Pure. */
export function keepsKeys(storeUrl: string | undefined): boolean {
  return storeUrl !== undefined && storeUrl !== 'memory:';
}

/**
 * Why a valid configuration must not be served on a host: it has short gateway keys, or none, and no store that may hold some. Pure.
 */
export function exposureProblems(config: Pick<Config, 'auth' | 'store'>, host: string): ConfigProblem[] {
  const keys = writtenKeysOf(config);
  const message = keys.length === 0 && !keepsKeys(config.store?.url) ? keylessProblem(host) : undefined;
  return message === undefined ? shortKeyProblems(keys, host) : [{ path: 'auth.keys', message }];
}

/** The gateway keys of a configuration, plain or as digests, in the order of the file. */
export function writtenKeysOf({ auth }: Pick<Config, 'auth'>): string[] {
  return (auth?.keys ?? []).map(({ key }) => key.reveal());
}
