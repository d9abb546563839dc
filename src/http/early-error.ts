import type { GatewayError } from '../domain/errors.ts';
import type { RequestIds } from '../domain/scope.ts';
import { idHeaders } from '../door/headers.ts';
import { newRequestIds } from '../door/request-ids.ts';
import type { BytesReply } from '../door/request.ts';
import { errorReply } from '../rest/errors.ts';
import { operationAt } from '../rest/operation-at.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply as trpcErrorReply } from '../trpc/reply.ts';

/** The door that a URL leads to. */
export function doorOf(url: string): 'rest' | 'trpc' {
  return url.startsWith(`${TRPC_PREFIX}/`) ? 'trpc' : 'rest';
}

/** The reply to a request that is refused before it reaches a door, in the shape of that door. It closes the connection. */
export function earlyErrorReply(error: GatewayError, url: string, ids: RequestIds = newRequestIds()): BytesReply {
  const headers = { ...idHeaders(ids), connection: 'close' };
  if (doorOf(url) === 'trpc') return trpcErrorReply(error, { ids }, headers);
  const operation = operationAt(url);
  return errorReply(error, headers, operation && { operation, ids });
}

/** The answer to a preflight, which reaches no door. */
export function preflightReply(headers: Readonly<Record<string, string>>): BytesReply {
  return {
    kind: 'bytes',
    status: 204,
    headers: { ...headers, ...idHeaders(newRequestIds()) },
    body: Buffer.alloc(0),
  };
}
