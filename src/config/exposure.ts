import { isIPv4 } from 'node:net';
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

/** Whether a configuration contains no gateway key. Pure. */
export function isKeyless({ auth }: Pick<Config, 'auth'>): boolean {
  return (auth?.keys ?? []).length === 0;
}
