import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/errors.ts';

/** A request whose body other code of the same process may have read: a body parser leaves its result in `body`. */
type ParsedRequest = IncomingMessage & { readonly body?: unknown };

/**
 * The body of a request in an application's server that a body parser has read before; undefined where nothing has read it. What the parser has made
 * of the bytes counts: text and bytes as they are, anything else as JSON. Throws `internal_error` where the body is gone, which would otherwise be
 * waited for in vain.
 */
export function parsedBodyOf(request: ParsedRequest): Buffer | undefined {
  // Parsers of an older kind set an empty `body` where they have read nothing.
  if (!request.readableDidRead) return undefined;
  const { body } = request;
  if (body === undefined || body === null) throw consumed();
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.length);
  return Buffer.from(JSON.stringify(body));
}

function consumed(): GatewayError {
  const message =
    'Other code of this server has read the body of the request and left nothing in `request.body`; mount the gateway before it.';
  return new GatewayError('internal_error', { message });
}
