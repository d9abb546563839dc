import { hash } from 'node:crypto';
import type { KnownKeys } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { ANONYMOUS, LOCAL, type Principal } from '../domain/principal.ts';

/** The `authorization` header as Node gives it. */
export type Authorization = string | readonly string[] | undefined;

/**
 * Finds out who asks. Keys are looked up by their digests: nobody can choose how one begins, so the time that it takes tells nothing of a
 * key. Without any known key everyone is the local caller. Throws `invalid_api_key`, or `invalid_request` for two headers.
 */
export function authenticate(known: KnownKeys, authorization: Authorization): Principal {
  if (known.size === 0) return LOCAL;
  const values = typeof authorization === 'string' ? [authorization] : (authorization ?? []);
  if (values.length > 1) throw new GatewayError('invalid_request', { message: 'Send one Authorization header.' });
  const token = /^bearer +(\S+) *$/i.exec(values[0] ?? '')?.[1];
  if (token === undefined) throw refused('Send your key as `Authorization: Bearer KEY`.');
  const found = known.get(hash('sha256', token));
  if (found === undefined) throw refused('The API key is not valid here.');
  return found;
}

/** The same where no key is needed: whoever shows none that is known is anonymous. */
export function recognise(known: KnownKeys, authorization: Authorization): Principal {
  try {
    return authenticate(known, authorization);
  } catch {
    return ANONYMOUS;
  }
}

function refused(message: string): GatewayError {
  return new GatewayError('invalid_api_key', { message });
}
