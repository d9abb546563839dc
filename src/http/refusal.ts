import type { GatewayError } from '../domain/errors.ts';
import type { BytesReply } from '../door/request.ts';
import { newRequestId } from '../lib/ids.ts';
import { errorReply } from '../rest/errors.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply as trpcErrorReply } from '../trpc/reply.ts';

/** A refusal before any door is reached, in the shape of the door that was wanted; the connection goes with it. */
export function refusal(error: GatewayError, url: string): BytesReply {
  const requestId = newRequestId();
  const headers = { 'x-request-id': requestId, connection: 'close' };
  return url.startsWith(`${TRPC_PREFIX}/`) ? trpcErrorReply(error, { requestId }, headers) : errorReply(error, headers);
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
