import { createHash, timingSafeEqual } from 'node:crypto';
import type { KnownKey } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { ANONYMOUS, LOCAL, type Principal } from '../domain/principal.ts';

/** The `authorization` header as Node gives it. */
export type Authorization = string | readonly string[] | undefined;

/**
 * Finds out who asks. Digests of one length are compared, all of them each time, so that neither a key's length nor its place shows in the
 * time. Without any known key everyone is the local caller. Throws `invalid_api_key`, or `invalid_request` for two headers.
 */
export function authenticate(known: readonly KnownKey[], authorization: Authorization): Principal {
  if (known.length === 0) return LOCAL;
  const values = typeof authorization === 'string' ? [authorization] : (authorization ?? []);
  if (values.length > 1) throw new GatewayError('invalid_request', { message: 'Send one Authorization header.' });
  const token = /^bearer +(\S+) *$/i.exec(values[0] ?? '')?.[1];
  if (token === undefined) throw refused('Send your key as `Authorization: Bearer KEY`.');
  const digest = createHash('sha256').update(token).digest();
  let found: Principal | undefined;
  for (const each of known) if (timingSafeEqual(each.digest, digest)) found = each.principal;
  if (found === undefined) throw refused('The API key is not valid here.');
  return found;
}

/** The same where no key is needed: whoever shows none that is known is anonymous. */
export function recognise(known: readonly KnownKey[], authorization: Authorization): Principal {
  try {
    return authenticate(known, authorization);
  } catch {
    return ANONYMOUS;
  }
}

function refused(message: string): GatewayError {
  return new GatewayError('invalid_api_key', { message });
}
