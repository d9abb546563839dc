import { BlockList, isIP, isIPv4 } from 'node:net';
import { isLoopback } from './cross-check.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigProblem } from './problems.ts';

/** The proxy that stands before an origin; undefined where none does. */
export type ProxyOf = (origin: string) => URL | undefined;

const VARIABLES = { 'http:': 'http_proxy', 'https:': 'https_proxy' } as const;

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY; as with curl the lower-case name wins, and an empty one means none. This machine is never
 * asked through a proxy. A value that is no proxy's address stands for none here, and `proxyProblems` tells it. Pure.
 */
export function readProxies(environment: Environment): ProxyOf {
  const proxies = new Map(
    Object.entries(VARIABLES).map(([scheme, name]) => [scheme, addressOf(variable(environment, name).value)]),
  );
  const exempt = (variable(environment, 'no_proxy').value ?? '').split(/[\s,]+/).filter((rule) => rule !== '');
  return (origin) => {
    const { protocol, hostname, port } = new URL(origin);
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    if (isLoopback(host) || host.endsWith('.localhost')) return undefined;
    const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return exempt.some((rule) => covers(rule, host, at)) ? undefined : proxies.get(protocol);
  };
}

/** What is wrong with the variables that name proxies. They hold passwords, so no value is repeated. */
export function proxyProblems(environment: Environment): ConfigProblem[] {
  return Object.values(VARIABLES).flatMap((each) => {
    const { name, value } = variable(environment, each);
    if (value === undefined || addressOf(value) !== undefined) return [];
    return [{ path: '', message: `the variable ${name} is not the http or https URL of a proxy` }];
  });
}

function variable(environment: Environment, lower: string): { readonly name: string; readonly value?: string } {
  for (const name of [lower, lower.toUpperCase()]) {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined) return value.trim() === '' ? { name } : { name, value: value.trim() };
  }
  return { name: lower };
}

function addressOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && decodes(url) ? url : undefined;
}

function decodes({ username, password }: URL): boolean {
  try {
    return decodeURIComponent(username + password).length >= 0;
  } catch {
    return false;
  }
}

/** Whether a rule of NO_PROXY covers a host: `*`, a name with all below it, an address, a network, each with a port or without. */
function covers(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true;
  const [, name = rule, only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(rule) ?? [];
  if (only !== undefined && only !== port) return false;
  const bare = name
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^\*?\./, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (bare.includes('/')) return within(bare, host);
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function within(network: string, host: string): boolean {
  const [start = '', bits = ''] = network.split('/');
  if (isIP(start) === 0 || isIP(start) !== isIP(host) || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (isIPv4(start) ? 32 : 128)) return false;
  const list = new BlockList();
  const family = isIPv4(start) ? 'ipv4' : 'ipv6';
  list.addSubnet(start, Number(bits), family);
  return list.check(host, family);
}
