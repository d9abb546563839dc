import type { IncomingMessage } from 'node:http';
import { KEY_HEADERS } from '../auth/keys.ts';
import { RESPONSE_HEADERS } from '../door/headers.ts';
import { METHODS } from './well-formed.ts';

type Headers = Readonly<Record<string, string>>;

/** The CORS headers for web pages of other origins. */
export interface Cors {
  /** The headers of every answer to a request. */
  readonly headersOf: (request: IncomingMessage) => Headers;
  /** The headers of the answer to a preflight of a listed origin; undefined for any other request. */
  readonly preflightOf: (request: IncomingMessage) => Headers | undefined;
}

/** The headers of an answer that a page may read, beside the few that it always may. */
const EXPOSED = RESPONSE_HEADERS.map(({ name }) => name).join(', ');
const OPTIONS = ['commit', 'deadline', 'include', 'log', 'run', 'tags'].map((name) => `x-spillway-${name}`);
/** The headers that a page may send when its preflight names none, or names what is no header. */
const USUAL = [...KEY_HEADERS, 'content-type', 'x-request-id', 'idempotency-key', 'last-event-id', ...OPTIONS].join(
  ', ',
);
const NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+){0,63}$/;
/** The longest time for which browsers keep the answer to a preflight, in seconds. */
const MAX_AGE_S = '7200';

/**
 * Makes the rules of an allow-list of origins. An empty list adds no header to any answer. An origin that is not listed gets no header that lets
 * a browser pass an answer to it. Cookies are never allowed: a page sends its key itself.
 */
export function createCors(origins: readonly string[]): Cors {
  // The answer depends on the origin, for origins that are not listed too: a cache must not serve one origin's answer to another.
  const others: Headers = origins.length === 0 ? {} : { vary: 'origin' };

  function headersOf({ headers: { origin } }: IncomingMessage): Headers {
    if (origin === undefined || !origins.includes(origin)) return others;
    return { ...others, 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
  }

  return {
    headersOf,
    preflightOf({ method, headers }) {
      const { origin } = headers;
      if (method !== 'OPTIONS' || origin === undefined || !origins.includes(origin)) return undefined;
      if (headers['access-control-request-method'] === undefined) return undefined;
      const requested = headers['access-control-request-headers'] ?? '';
      return {
        vary: 'origin, access-control-request-headers',
        'access-control-allow-origin': origin,
        'access-control-allow-methods': METHODS.join(', '),
        'access-control-allow-headers': NAMES.test(requested) ? requested : USUAL,
        'access-control-max-age': MAX_AGE_S,
      };
    },
  };
}
