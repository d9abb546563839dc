import type { IncomingMessage } from 'node:http';

type Headers = Readonly<Record<string, string>>;

/** What web pages of other origins are told. */
export interface Cors {
  /** The headers of every answer to a request. */
  readonly headersOf: (request: IncomingMessage) => Headers;
  /** The headers of the answer to a preflight; undefined for what is none, or none of a listed origin. */
  readonly preflightOf: (request: IncomingMessage) => Headers | undefined;
}

/** What a page may read of an answer, beside the few headers that it always may. */
const EXPOSED = [
  'x-request-id',
  'x-spillway-chain',
  'x-spillway-provider',
  'x-spillway-model',
  'x-spillway-attempts',
  'retry-after',
  'x-should-retry',
].join(', ');
/** What a page may send, where it does not say what it wants to. */
const USUAL = 'authorization, content-type, x-request-id, x-spillway-commit, x-spillway-deadline';
const NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+){0,63}$/;
/** The longest that browsers keep the answer to a preflight, in seconds. */
const MAX_AGE_S = '7200';

/**
 * Makes the rules of an allow-list of origins; an empty one says nothing at all. Who is not listed gets no header that lets his browser
 * hand anything to him, and a listed one no cookie: keys are sent by the page itself.
 */
export function createCors(origins: readonly string[]): Cors {
  // The answer depends on who asks, for those not listed too: a cache must not hand one's to another.
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
      const wanted = headers['access-control-request-headers'] ?? '';
      return {
        vary: 'origin, access-control-request-headers',
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': NAMES.test(wanted) ? wanted : USUAL,
        'access-control-max-age': MAX_AGE_S,
      };
    },
  };
}
