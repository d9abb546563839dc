import { createHash, timingSafeEqual } from 'node:crypto';
import { keyDigest } from '../config/key-digest.ts';
import type { Config } from '../config/schema.ts';
import { GatewayError } from '../domain/errors.ts';
import { LOCAL, type Principal } from '../domain/principal.ts';

/** Finds out who asks, from the `authorization` header. Throws `invalid_api_key`, or `invalid_request` for two of them. */
export type Authenticate = (authorization: string | readonly string[] | undefined) => Principal;

type Keys = NonNullable<Config['auth']>['keys'];

/**
 * Makes the authenticator of a configuration's keys. Keys may be given as `sha256:<hex>`. Digests of one length are compared, all of them
 * each time, so that neither a key's length nor its place shows in the time. Without any key everyone is the local caller.
 */
export function createAuthenticate(keys: Keys): Authenticate {
  if (keys.length === 0) return () => LOCAL;
  const known = keys.map((key) => ({
    digest: keyDigest(key.key.reveal()),
    principal: Object.freeze({
      id: key.name,
      role: key.role ?? 'caller',
      chains: key.chains && Object.freeze([...key.chains]),
      tenant: '',
    }) satisfies Principal,
  }));
  return (authorization) => {
    const values = typeof authorization === 'string' ? [authorization] : (authorization ?? []);
    if (values.length > 1) throw new GatewayError('invalid_request', { message: 'Send one Authorization header.' });
    const token = /^bearer +(\S+) *$/i.exec(values[0] ?? '')?.[1];
    if (token === undefined) throw refused('Send your key as `Authorization: Bearer KEY`.');
    const digest = createHash('sha256').update(token).digest();
    let found: Principal | undefined;
    for (const each of known) if (timingSafeEqual(each.digest, digest)) found = each.principal;
    if (found === undefined) throw refused('The API key is not valid here.');
    return found;
  };
}

function refused(message: string): GatewayError {
  return new GatewayError('invalid_api_key', { message });
}
