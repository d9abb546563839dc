import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { PRESETS } from '../catalog/presets.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type AddressKind, addressKind } from '../lib/address.ts';
import type { Config } from './schema.ts';

type Provider = Config['providers'][string];

/** What decides whether an address may be private. */
export interface AddressRules {
  readonly private?: boolean | undefined;
  readonly preset?: string | undefined;
}

/** The ways to write this machine that say by themselves that it is meant. */
const PLAIN_LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d*)?(?:\/|$)/i;

/** What is wrong with a base URL as it is written, its address being one that its provider does not allow; undefined for nothing. Names are looked up only when they are asked. */
export function addressProblem(text: string, rules: AddressRules): string | undefined {
  const hostname = URL.parse(text)?.hostname ?? '';
  const kind = kindOfHost(hostname);
  if (kind === 'never')
    return `'${hostname}' is where clouds keep the credentials of their machines; it is never asked`;
  if (kind !== 'private') return undefined;
  if (rules.private === false) return `'${hostname}' is private, which 'private: false' does not allow`;
  if (saysPrivate(rules) || PLAIN_LOOPBACK.test(text.trim())) return undefined;
  return `'${hostname}' is private; write 'private: true' beside it if that is meant`;
}

/** The place of a checked provider. Pure. */
export function endpointOf({ baseUrl = '', ca, ...rules }: Provider): Endpoint {
  const origin = URL.parse(baseUrl)?.origin ?? '';
  const open = rules.private !== false && (saysPrivate(rules) || PLAIN_LOOPBACK.test(baseUrl));
  const digest = ca === undefined ? '' : ` ${createHash('sha256').update(ca).digest('hex')}`;
  return Object.freeze({ origin, private: open, ca, id: `${origin}${open ? ' private' : ''}${digest}` });
}

/** Every place that a configuration may ask, each once: what `Pools.retain` keeps. Pure. */
export function endpointsOf({ providers }: Config): Endpoint[] {
  const all = Object.values(providers).map(endpointOf);
  return [...new Map(all.map((endpoint) => [endpoint.id, endpoint])).values()];
}

/** Servers of one's own are where one's own machines are. */
function saysPrivate({ private: said, preset }: AddressRules): boolean {
  const known = preset !== undefined && Object.hasOwn(PRESETS, preset) ? PRESETS[preset] : undefined;
  return said ?? known?.cost === 'local';
}

/** The kind of a URL's host, as far as it is known without asking anybody. */
function kindOfHost(hostname: string): AddressKind {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return addressKind(bare);
  return /(?:^|\.)localhost\.?$/.test(bare) ? 'private' : 'public';
}
