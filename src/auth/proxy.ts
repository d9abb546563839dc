import { GatewayError } from '../domain/errors.ts';
import { matchesPattern } from '../domain/pattern.ts';
import { type Principal, PROXIED, type ProxyAccess, RESERVED_NAMES } from '../domain/principal.ts';
import { printable } from '../lib/printable.ts';
import type { BrowserFacts, BrowserRequest } from './browser.ts';

/** The longest name of a user, in characters: that of an e-mail address. */
const MAX_NAME_LENGTH = 254;

/**
 * The user that a proxy names in a request; undefined where the request is not from the proxy, names none, or is not certainly from a page of the gateway. Throws
 * `invalid_request` for a name that is no name, or is there twice, and `forbidden` for a user without a role.
 */
export function proxiedPrincipal(
  access: ProxyAccess,
  { headers, connection }: Pick<BrowserRequest, 'headers' | 'connection'>,
  { isOwn }: Pick<BrowserFacts, 'isOwn'>,
): Principal | undefined {
  const sent = headers[access.header];
  // A page whose name was rebound to the gateway's address can send the header itself, from a browser at an address of the proxy. Browsers do not mark its requests as
  // those of the gateway's pages.
  if (sent === undefined || !isOwn || !access.includes(connection.peer ?? '')) return undefined;
  const name = typeof sent === 'string' ? sent : sent.join(',');
  // HTTP joins the values of a repeated header with commas.
  if (!isName(name) || name.includes(','))
    throw new GatewayError('invalid_request', { message: `The header ${access.header} must name one user, once.` });
  const role = roleOf(access, name);
  if (role === undefined)
    throw new GatewayError('forbidden', { message: 'auth.proxy.roles gives this user no role at this gateway.' });
  const id = PROXIED + name;
  return { id, name, role, tenant: '', chains: undefined, models: undefined, operations: undefined };
}

/**
 * Whether a principal that a proxy has named under the rules of `then` is still authenticated by those of `now`: it has its role, and neither the header nor an address of the proxy
 * was taken away.
 */
export function isStillProxied(
  { name, role }: Principal,
  then: ProxyAccess | undefined,
  now: ProxyAccess | undefined,
): boolean {
  if (then === undefined || now === undefined || then.header !== now.header) return false;
  return then.from.every((network) => now.from.includes(network)) && roleOf(now, name) === role;
}

function roleOf({ roles }: ProxyAccess, name: string): 'admin' | 'viewer' | undefined {
  return (['admin', 'viewer'] as const).find((role) => roles[role].some((pattern) => matchesPattern(pattern, name)));
}

function isName(text: string): boolean {
  return (
    text.trim() !== '' &&
    text.length <= MAX_NAME_LENGTH &&
    printable(text) === text &&
    !RESERVED_NAMES.includes(text.trim().toLowerCase())
  );
}
