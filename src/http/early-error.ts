import type { GatewayError } from '../domain/errors.ts';
import type { BytesReply } from '../door/request.ts';
import { newRequestId } from '../lib/ids.ts';
import { errorReply } from '../rest/errors.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply as trpcErrorReply } from '../trpc/reply.ts';

/** The door that a URL leads to. */
export function doorOf(url: string): 'rest' | 'trpc' {
  return url.startsWith(`${TRPC_PREFIX}/`) ? 'trpc' : 'rest';
}

/** The reply to a request that is refused before it reaches a door, in the shape of that door. It closes the connection. */
export function earlyErrorReply(error: GatewayError, url: string, requestId = newRequestId()): BytesReply {
  const headers = { 'x-request-id': requestId, connection: 'close' };
  return doorOf(url) === 'trpc' ? trpcErrorReply(error, { requestId }, headers) : errorReply(error, headers);
}

/** The answer to a preflight, which reaches no door. */
export function preflightReply(headers: Readonly<Record<string, string>>): BytesReply {
  return {
    kind: 'bytes',
    status: 204,
    headers: { ...headers, 'x-request-id': newRequestId() },
    body: Buffer.alloc(0),
  };
}
