import { BlockList, isIP, isIPv4 } from 'node:net';
import { bareHost } from '../lib/bare-host.ts';
import { isLoopback } from './exposure.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigProblem } from './problems.ts';

/** The proxy through which an origin is connected to; undefined for a direct connection. */
export type ProxyOf = (origin: string) => URL | undefined;

const VARIABLES = { 'http:': 'http_proxy', 'https:': 'https_proxy' } as const;

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY. As in curl, the lower-case name takes precedence, and an empty value means no proxy. This machine
 * is always connected to directly. A value that is not a proxy's URL counts as no proxy; `proxyProblems` reports it. Pure.
 */
export function readProxies(environment: Environment): ProxyOf {
  const proxies = new Map(
    Object.entries(VARIABLES).map(([scheme, name]) => [scheme, parseProxy(variable(environment, name).value)]),
  );
  const rules = (variable(environment, 'no_proxy').value ?? '').split(/[\s,]+/).filter((rule) => rule !== '');
  return (origin) => {
    const { protocol, hostname, port } = new URL(origin);
    const host = bareHost(hostname).replace(/\.$/, '');
    if (isLoopback(host) || host.endsWith('.localhost')) return undefined;
    const effectivePort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return rules.some((rule) => covers(rule, host, effectivePort)) ? undefined : proxies.get(protocol);
  };
}

/** The passwords in the variables that name proxies, and a user without a password, which is a token. Pure. */
export function proxySecrets(environment: Environment): readonly string[] {
  return Object.values(VARIABLES).flatMap((name) => {
    const { username, password } = parseProxy(variable(environment, name).value) ?? { username: '', password: '' };
    const secret = decodeURIComponent(password === '' ? username : password);
    return secret === '' ? [] : [secret];
  });
}

/** The problems of the variables that name proxies. No problem quotes a value, which may contain a password. Pure. */
export function proxyProblems(environment: Environment): ConfigProblem[] {
  return Object.values(VARIABLES).flatMap((each) => {
    const { name, value } = variable(environment, each);
    if (value === undefined || parseProxy(value) !== undefined) return [];
    return [{ path: '', message: `environment variable ${name} is not an http or https URL; correct or unset it` }];
  });
}

function variable(environment: Environment, lower: string): { readonly name: string; readonly value?: string } {
  for (const name of [lower, lower.toUpperCase()]) {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined) return value.trim() === '' ? { name } : { name, value: value.trim() };
  }
  return { name: lower };
}

function parseProxy(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && hasDecodableUser(url)
    ? url
    : undefined;
}

function hasDecodableUser({ username, password }: URL): boolean {
  try {
    return decodeURIComponent(username + password).length >= 0;
  } catch {
    return false;
  }
}

/** Whether a rule of NO_PROXY covers a host. A rule is `*`, a name (covers its subdomains too), an address or a network, with or without a port. */
function covers(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true;
  const [, name = rule, rulePort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const bare = bareHost(name)
    .replace(/^\*?\./, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (bare.includes('/')) return isWithin(bare, host);
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function isWithin(network: string, host: string): boolean {
  const [start = '', bits = ''] = network.split('/');
  if (isIP(start) === 0 || isIP(start) !== isIP(host) || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (isIPv4(start) ? 32 : 128)) return false;
  const list = new BlockList();
  const family = isIPv4(start) ? 'ipv4' : 'ipv6';
  list.addSubnet(start, Number(bits), family);
  return list.check(host, family);
}
