import type { IncomingMessage } from 'node:http';
import { KEY_HEADERS } from '../auth/keys.ts';
import { GatewayError } from '../domain/errors.ts';

/** The methods that some path of the gateway has. */
export const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'] as const;

/** The most headers that a request may have. */
export const MAX_HEADERS = 1000;

/** Headers of which Node would drop a second one, or join it to the first, while a proxy in front of the gateway may read it otherwise. */
const SINGLE: ReadonlySet<string> = new Set([
  ...KEY_HEADERS,
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'origin',
  'transfer-encoding',
]);

/** Checks the form of a request that Node has parsed: returns what is wrong with it, or undefined. Reads nothing but the head. */
export type CheckForm = (request: IncomingMessage) => GatewayError | undefined;

/**
 * Makes the check of one server. It refuses whatever two servers could read in two ways. The connection must then be closed too: it is unknown
 * where the next request begins.
 */
export function createCheckForm(): CheckForm {
  const isHost = createIsHost();
  return ({ rawHeaders, headers, url = '', httpVersion }) => {
    if (rawHeaders.length > 2 * MAX_HEADERS) return tooManyHeaders();
    const repeated = repeatedHeader(rawHeaders);
    if (repeated !== undefined) return malformed(`Send one ${repeated} header.`);
    if (!url.startsWith('/')) return malformed('The target must be a path.');
    if (!isHost(headers.host) && (headers.host !== undefined || httpVersion !== '1.0'))
      return malformed('The Host header names no host.');
    if (httpVersion !== '1.1' && httpVersion !== '1.0') return malformed('Only HTTP/1.1 and HTTP/1.0 are supported.');
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && (httpVersion !== '1.1' || !/^chunked$/i.test(coding)))
      return malformed('The only transfer-encoding here is chunked, in HTTP/1.1.');
    if (coding !== undefined && headers['content-length'] !== undefined)
      return malformed('Send content-length or transfer-encoding, not both.');
    const { expect } = headers;
    if (expect !== undefined && httpVersion === '1.1' && !/^100-continue$/i.test(expect))
      return new GatewayError('expectation_failed', { message: 'The only supported expectation is 100-continue.' });
    return undefined;
  };
}

/** Throws `length_required` for a POST without a declared length. It has no body; what follows it may be taken for one by a proxy. */
export function requireLength({ method, headers }: IncomingMessage): void {
  if (method !== 'POST' || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
    return;
  throw new GatewayError('length_required', { message: 'Send a JSON body, with a content-length or in chunks.' });
}

/** The error for bytes that are no request, or more than one. */
export function malformed(message = 'This is no well-formed HTTP request.'): GatewayError {
  return new GatewayError('invalid_request', { message });
}

/** The error for a head that is larger than the gateway reads. */
export function tooManyHeaders(): GatewayError {
  return new GatewayError('headers_too_large', {
    message: `The head of a request may have 16 KB and ${MAX_HEADERS} headers at most.`,
  });
}

function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!SINGLE.has(name)) continue;
    if (seen.includes(name)) return name;
    seen.push(name);
  }
  return undefined;
}

/** Makes the check of a Host header. It remembers the last good one: nearly every client of a server sends the same. */
function createIsHost(): (host: string | undefined) => boolean {
  let lastGood: string | undefined;
  return (host) => {
    if (host === undefined || host === lastGood) return host !== undefined;
    const good = /^(?:\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}`);
    if (good) lastGood = host;
    return good;
  };
}
