import { GatewayError } from '../domain/errors.ts';
import { SESSION_MAX_MS } from '../domain/session-record.ts';

/**
 * Names of the cookie of a session. Over TLS browsers take the first only from this very host, for all paths. Without TLS they would not take it at all.
 */
export const COOKIE_NAMES = Object.freeze({ secure: '__Host-spillway', plain: 'spillway_session' } as const);

/** One of these names. */
export type CookieName = (typeof COOKIE_NAMES)[keyof typeof COOKIE_NAMES];

/** The value of a cookie in a `cookie` header; undefined without it. Throws `invalid_request` where there are two of the name. */
export function readCookie(header: string | readonly string[] | undefined, name: CookieName): string | undefined {
  if (header === undefined) return undefined;
  const start = `${name}=`;
  const texts = typeof header === 'string' ? [header] : header;
  const found = texts
    .flatMap((text) => text.split(';'))
    // No other blank is removed: to browsers a name behind one has no prefix, so that pages of sibling hosts may set it.
    .map((pair) => pair.replace(/^[ \t]+/, ''))
    .filter((pair) => pair.startsWith(start));
  if (found.length > 1)
    throw new GatewayError('invalid_request', {
      message: `The request has two cookies with the name ${name}; delete the cookies of this site.`,
    });
  return found[0]?.slice(start.length);
}

/** The `set-cookie` header that gives a browser a session. The browser keeps it as long as a session lasts at most. */
export function sessionCookie(name: CookieName, value: string): string {
  return `${name}=${value}; Max-Age=${SESSION_MAX_MS / 1000}; ${attributesOf(name)}`;
}

/** The `set-cookie` header that takes a session from a browser. */
export function clearedCookie(name: CookieName): string {
  return `${name}=; Max-Age=0; ${attributesOf(name)}`;
}

function attributesOf(name: CookieName): string {
  return `Path=/; HttpOnly; SameSite=Strict${name === COOKIE_NAMES.secure ? '; Secure' : ''}`;
}
