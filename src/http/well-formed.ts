import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/errors.ts';

/** The most headers that a request may have. */
export const MOST_HEADERS = 1000;

/** Headers of which a second one would be dropped, or joined to the first, and read otherwise by who stands before us. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'origin',
  'transfer-encoding',
]);

/**
 * What is wrong with the form of a request that Node has parsed; undefined when nothing is. It looks at nothing but the head. Whatever is
 * read in two ways by two servers is refused, and so must the connection be: nobody knows where the next request begins.
 */
export function complaintOf({
  rawHeaders,
  headers,
  method,
  url = '',
  httpVersion,
}: IncomingMessage): GatewayError | undefined {
  if (rawHeaders.length > 2 * MOST_HEADERS) return tooManyHeaders();
  const twice = repeated(rawHeaders);
  if (twice !== undefined) return malformed(`Send one ${twice} header.`);
  if (!url.startsWith('/')) return malformed('The target must be a path.');
  if (!isHost(headers.host) && (headers.host !== undefined || httpVersion !== '1.0'))
    return malformed('The Host header names no host.');
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return malformed('HTTP/1.1 is spoken here.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (httpVersion !== '1.1' || !/^chunked$/i.test(coding)))
    return malformed('The only transfer-encoding here is chunked, in HTTP/1.1.');
  if (coding !== undefined && headers['content-length'] !== undefined)
    return malformed('Send content-length or transfer-encoding, not both.');
  // Nobody would read it, and behind what nobody reads a caller's leaving is not heard.
  const body = coding !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (body && (method === 'GET' || method === 'HEAD')) return malformed(`A ${method} has no body here.`);
  const { expect } = headers;
  if (expect !== undefined && httpVersion === '1.1' && !/^100-continue$/i.test(expect))
    return new GatewayError('expectation_failed', { message: 'The only expectation met here is 100-continue.' });
  return undefined;
}

/** Throws `length_required` for a POST that does not say how long its body is: it has none, and every POST here needs one. */
export function requireLength({ method, headers }: IncomingMessage): void {
  if (method !== 'POST' || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
    return;
  throw new GatewayError('length_required', { message: 'Send a JSON body, with a content-length or in chunks.' });
}

/** A request that is none, or not only one. */
export function malformed(message = 'This is no well-formed HTTP request.'): GatewayError {
  return new GatewayError('invalid_request', { message });
}

/** A head with more in it than is read. */
export function tooManyHeaders(): GatewayError {
  return new GatewayError('headers_too_large', {
    message: `The head of a request may have 16 KB and ${MOST_HEADERS} headers at most.`,
  });
}

function repeated(rawHeaders: readonly string[]): string | undefined {
  const seen: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!SINGLE.has(name)) continue;
    if (seen.includes(name)) return name;
    seen.push(name);
  }
  return undefined;
}

/** The last one that was found good: nearly every caller sends the same. */
let goodHost: string | undefined;

function isHost(host: string | undefined): boolean {
  if (host === undefined || host === goodHost) return host !== undefined;
  const good = /^(?:\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}`);
  if (good) goodHost = host;
  return good;
}
