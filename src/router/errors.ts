import { TRPCError } from '@trpc/server';
import type { GatewayError } from '../domain/errors.ts';

/** tRPC's code of a status. None of them is in the list on which tRPC's own client repeats a subscription, and with it the bill. */
const CODES: Readonly<Record<number, TRPCError['code']>> = Object.freeze({
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  499: 'CLIENT_CLOSED_REQUEST',
  502: 'PRECONDITION_FAILED',
  503: 'TOO_MANY_REQUESTS',
  504: 'TIMEOUT',
});

/** The error as tRPC carries it; the coded one is its cause. An internal error keeps tRPC's own code for it. */
export function toTrpcError(error: GatewayError): TRPCError {
  const fallback = error.status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return new TRPCError({ code: CODES[error.status] ?? fallback, message: error.message, cause: error });
}
