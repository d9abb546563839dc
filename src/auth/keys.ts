import { hash } from 'node:crypto';
import { GatewayError } from '../domain/errors.ts';
import { ANONYMOUS, type Authentication, LOCAL, type Principal } from '../domain/principal.ts';

/** The headers in which a client may send its key; `authorization` as a Bearer token. None of them is forwarded to a provider or logged. */
export const KEY_HEADERS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;

/** Request headers as Node gives them: names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const [, ...PLAIN_HEADERS] = KEY_HEADERS;
const WAYS = `Send your key as \`authorization: Bearer KEY\`, or in ${PLAIN_HEADERS.map((name) => `\`${name}\``).join(' or ')}.`;

/**
 * Authenticates a request by the keys in its headers. Exactly one known key counts: unknown values beside it are ignored, and it may be
 * repeated in several headers. Keys are looked up by their digests, whose beginning no client can choose, so the time of a lookup reveals nothing of
 * a key. A keyless gateway has only the local client. Throws `invalid_api_key` without a known key, `invalid_request` for two different ones or for a
 * repeated header.
 */
export function authenticate(auth: Authentication, headers: RequestHeaders): Principal {
  if (auth.keyless) return LOCAL;
  const sent = [...new Set(KEY_HEADERS.map((name) => keyIn(headers, name)).filter((key) => key !== undefined))];
  const [principal, other] = sent.map((key) => auth.find(hash('sha256', key))).filter((found) => found !== undefined);
  if (other !== undefined)
    throw new GatewayError('invalid_request', { message: 'The headers hold two different keys; send one of them.' });
  if (principal !== undefined) return principal;
  const problem = sent.length === 0 ? 'The request has no API key.' : 'The API key is not known here.';
  throw new GatewayError('invalid_api_key', { message: `${problem} ${WAYS}` });
}

/** Authenticates a request that needs no key: without exactly one known key it is anonymous. Never throws. */
export function authenticateOptional(auth: Authentication, headers: RequestHeaders): Principal {
  try {
    return authenticate(auth, headers);
  } catch {
    return ANONYMOUS;
  }
}

/** The key in one header; undefined where there is none. */
function keyIn(headers: RequestHeaders, name: (typeof KEY_HEADERS)[number]): string | undefined {
  const header = headers[name];
  const values = typeof header === 'string' ? [header] : (header ?? []);
  if (values.length > 1) throw new GatewayError('invalid_request', { message: `Send one ${name} header.` });
  const [value = ''] = values;
  if (name === 'authorization') return /^bearer +(\S+) *$/i.exec(value)?.[1];
  return value === '' ? undefined : value;
}
