import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { PRESETS } from '../catalog/presets.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type AddressKind, addressKind } from '../lib/address.ts';
import { bareHost } from '../lib/bare-host.ts';
import type { Config } from './schema.ts';

type Provider = Config['providers'][string];

/** The settings of a provider that decide whether its address may be private. */
export interface AddressRules {
  readonly private?: boolean | undefined;
  readonly preset?: string | undefined;
}

/** Spellings of this machine that allow a private address without `private: true`, because they cannot be a mistake. */
const PLAIN_LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d*)?(?:\/|$)/i;

/**
 * The problem with a base URL, as written, whose address its provider does not allow; undefined for an allowed one. Checks IP addresses and
 * `localhost` only: host names are resolved, and checked again, for each connection. Pure.
 */
export function addressProblem(text: string, rules: AddressRules): string | undefined {
  const hostname = URL.parse(text)?.hostname ?? '';
  const kind = kindOfHost(hostname);
  if (kind === 'never')
    return `'${hostname}' is a cloud metadata or link-local address, which is blocked; use another one`;
  if (kind !== 'private') return undefined;
  if (rules.private === false) return `'${hostname}' is a private address; use a public one or remove private: false`;
  if (mayBePrivate(rules) || PLAIN_LOOPBACK.test(text.trim())) return undefined;
  return `'${hostname}' is a private address; write private: true in this provider to allow it`;
}

/** The endpoint of a checked provider. Pure. */
export function endpointOf({ baseUrl = '', ca, ...rules }: Provider): Endpoint {
  const origin = URL.parse(baseUrl)?.origin ?? '';
  const allowed = rules.private !== false && (mayBePrivate(rules) || PLAIN_LOOPBACK.test(baseUrl));
  const digest = ca === undefined ? '' : ` ${createHash('sha256').update(ca).digest('hex')}`;
  return Object.freeze({ origin, private: allowed, ca, id: `${origin}${allowed ? ' private' : ''}${digest}` });
}

/** All endpoints of a configuration without duplicates, for `Pools.retain`. Pure. */
export function endpointsOf({ providers }: Config): Endpoint[] {
  const all = Object.values(providers).map(endpointOf);
  return [...new Map(all.map((endpoint) => [endpoint.id, endpoint])).values()];
}

/** Without `private`, only presets of local servers allow a private address. */
function mayBePrivate({ private: configured, preset }: AddressRules): boolean {
  const known = preset !== undefined && Object.hasOwn(PRESETS, preset) ? PRESETS[preset] : undefined;
  return configured ?? known?.cost === 'local';
}

/** The kind of a URL's host, as far as it is known without resolving a name. */
function kindOfHost(hostname: string): AddressKind {
  const bare = bareHost(hostname);
  if (isIP(bare) !== 0) return addressKind(bare);
  return /(?:^|\.)localhost\.?$/.test(bare) ? 'private' : 'public';
}
