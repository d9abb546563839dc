import { hash } from 'node:crypto';
import { GatewayError } from '../domain/errors.ts';
import { ANONYMOUS, type Authentication, type Identity, type KeyRefusal, LOCAL } from '../domain/principal.ts';
import { isMistyped } from './secret.ts';

/** The headers in which a client may send its key; `authorization` as a Bearer token. None of them is forwarded to a provider or logged. */
export const KEY_HEADERS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;

/** Request headers as Node gives them: names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const [, ...PLAIN_HEADERS] = KEY_HEADERS;
const WAYS = `Send your key as \`authorization: Bearer KEY\`, or in ${PLAIN_HEADERS.map((name) => `\`${name}\``).join(' or ')}.`;

/** How keys of one request are judged. */
export interface AuthenticateOptions {
  /** Called with the number of different unknown keys of a request without a known one. What it throws is thrown in place of `invalid_api_key`. */
  readonly onUnknown: (keys: number) => void;
  /** Milliseconds since the epoch, by which keys expire. */
  readonly now: number;
}

/** Whether the headers hold a key, or what was meant as one. Throws `invalid_request` for a repeated header. */
export function hasKey(headers: RequestHeaders): boolean {
  return KEY_HEADERS.some((name) => keyIn(headers, name) !== undefined);
}

/**
 * Authenticates a request by the keys in its headers. Exactly one known key counts: unknown values beside it are ignored, and it may be
 * repeated in several headers. Keys are looked up by their digests, whose beginning no client can choose, so the time of a lookup reveals nothing of
 * a key. A keyless gateway has only the local client. A request with unknown keys and no known one is reported to `onUnknown`, whatever else it holds. Throws
 * `invalid_api_key` without a known key, `key_expired` or `key_revoked` for one that was accepted before, `store_unavailable` for one that cannot be
 * looked up, `invalid_request` for two different ones or for a repeated header.
 */
export function authenticate(
  auth: Authentication,
  headers: RequestHeaders,
  { onUnknown, now }: AuthenticateOptions,
): Identity {
  if (auth.keyless) return LOCAL_CLIENT;
  let unknown: Set<string> | undefined;
  let refusal: Refusal | undefined;
  let knownKey: string | undefined;
  let identity: Identity | undefined;
  for (const name of KEY_HEADERS) {
    const key = keyIn(headers, name);
    if (key === undefined || key === knownKey) continue;
    const judged = judge(auth, key, now);
    if (typeof judged !== 'object') {
      if (judged === 'unknown') (unknown ??= new Set()).add(key);
      else refusal ??= judged;
      continue;
    }
    if (identity !== undefined)
      throw new GatewayError('invalid_request', { message: 'The headers hold two different keys; send one of them.' });
    knownKey = key;
    identity = judged;
  }
  if (identity !== undefined) return identity;
  // First: a key that was accepted before must not cover guesses beside it.
  if (unknown !== undefined) onUnknown(unknown.size);
  if (refusal !== undefined) throw refused(refusal);
  const problem = unknown === undefined ? 'The request has no API key.' : UNKNOWN_KEY;
  throw new GatewayError('invalid_api_key', { message: `${problem} ${WAYS}` });
}

/** Authenticates one key that was not sent in a header. Throws as `authenticate`. */
export function authenticateKey(
  auth: Authentication,
  key: string,
  { onUnknown, now }: AuthenticateOptions,
): KeyIdentity {
  const judged = judge(auth, key, now);
  if (typeof judged === 'object') return judged;
  if (judged !== 'unknown') throw refused(judged);
  onUnknown(1);
  throw new GatewayError('invalid_api_key', { message: UNKNOWN_KEY });
}

/** A client that is known by a key. */
export interface KeyIdentity extends Identity {
  readonly keyDigest: string;
}

const UNKNOWN_KEY = 'The API key is not known here.';

type Refusal = KeyRefusal | 'expired';

function judge(auth: Authentication, key: string, now: number): KeyIdentity | Refusal | 'unknown' {
  const keyDigest = hash('sha256', key);
  const principal = auth.find(keyDigest);
  if (principal !== undefined) return hasExpired(principal, now) ? 'expired' : { principal, keyDigest, via: 'key' };
  // A mistyped key is unknown, whatever the state of the store.
  return (isMistyped(key) ? undefined : auth.refusalOf(keyDigest)) ?? 'unknown';
}

function hasExpired({ expiresAt = Infinity, secretEndsAt = Infinity }: Identity['principal'], now: number): boolean {
  return now >= expiresAt || now >= secretEndsAt;
}

function refused(refusal: Refusal): GatewayError {
  switch (refusal) {
    case 'expired':
      return new GatewayError('key_expired', {
        message: 'The API key has expired, or a newer secret has replaced it.',
      });
    case 'revoked':
      return new GatewayError('key_revoked', { message: 'The API key was revoked.' });
    case 'unavailable':
      return new GatewayError('store_unavailable', {
        message: 'The API key cannot be looked up at present; try again.',
        retryAfter: 1,
      });
  }
}

/** Authenticates a request that needs no key: without exactly one known key it is anonymous. Never throws. */
export function authenticateOptional(
  auth: Authentication,
  headers: RequestHeaders,
  options: AuthenticateOptions,
): Identity {
  try {
    return authenticate(auth, headers, options);
  } catch {
    return ANONYMOUS_CLIENT;
  }
}

const LOCAL_CLIENT: Identity = Object.freeze({ principal: LOCAL, keyDigest: undefined, via: 'local' });
/** A client that is not authenticated. */
export const ANONYMOUS_CLIENT: Identity = Object.freeze({ principal: ANONYMOUS, keyDigest: undefined, via: undefined });

/** The key in one header; undefined where there is none. */
function keyIn(headers: RequestHeaders, name: (typeof KEY_HEADERS)[number]): string | undefined {
  const header = headers[name];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' && header.length > 1)
    throw new GatewayError('invalid_request', { message: `Send one ${name} header.` });
  const value = typeof header === 'string' ? header : (header[0] ?? '');
  if (name === 'authorization') return /^bearer +(\S+) *$/i.exec(value)?.[1];
  return value === '' ? undefined : value;
}
