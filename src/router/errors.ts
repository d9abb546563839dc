import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { type ErrorCode, GatewayError } from '../domain/errors.ts';
import type { TrailStep } from '../domain/trail.ts';

type TrpcCode = TRPCError['code'];
type TrpcNumber = (typeof TRPC_ERROR_CODES_BY_KEY)[TrpcCode];

/**
 * tRPC's code of a status. None of them has a number on which tRPC's own client repeats a subscription, and with it the bill: it does so
 * on 500, 501, 502, 503 and 504, so none of these is here. The real status stands in the error's `data`.
 */
const CODES: Readonly<Record<number, TrpcCode>> = Object.freeze({
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
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
  503: 'TOO_MANY_REQUESTS',
  504: 'TIMEOUT',
});

/** tRPC's code for a status; any 5xx without a row of its own is a condition that failed behind us. */
export function trpcCodeOf(status: number): TrpcCode {
  return CODES[status] ?? (status >= 500 ? 'PRECONDITION_FAILED' : 'BAD_REQUEST');
}

/** The error as tRPC carries it; the coded one is its cause. */
export function toTrpcError(error: GatewayError): TRPCError {
  return new TRPCError({ code: trpcCodeOf(error.status), message: error.message, cause: error });
}

/** What an error on tRPC's wire says beyond its message: OpenAI's members, the real status, and how the request went. */
export interface ErrorData {
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
  /** The HTTP status that REST would have answered. */
  readonly status: number;
  /** The procedure; absent where none was reached. */
  readonly path?: string | undefined;
  readonly requestId?: string | undefined;
  readonly attempts?: readonly TrailStep[] | undefined;
  /** Seconds to wait, 1 to 60. */
  readonly retryAfter?: number | undefined;
  /** False when waiting that long does not help. */
  readonly shouldRetry?: boolean | undefined;
  /** When an entry may be usable again, milliseconds since the epoch. */
  readonly retryAt?: number | undefined;
}

/** An error on tRPC's wire. */
export interface ErrorShape {
  readonly message: string;
  readonly code: TrpcNumber;
  readonly data: ErrorData;
}

/** Where an error happened. */
export interface ErrorPlace {
  readonly path?: string | undefined;
  readonly requestId?: string | undefined;
}

/** The one shape of errors on tRPC's wire. It holds no cause and no stack. */
export function errorShape(error: GatewayError, { path, requestId }: ErrorPlace): ErrorShape {
  const { message, ...members } = error.wire;
  const { attempts, retryAfter, shouldRetry, retryAt } = error.details;
  return {
    message,
    code: TRPC_ERROR_CODES_BY_KEY[trpcCodeOf(error.status)],
    data: { ...members, status: error.status, path, requestId, attempts, retryAfter, shouldRetry, retryAt },
  };
}

/** What tRPC itself refuses, in our codes, with words for where its own would repeat those of a cause. */
const OWN: Partial<Record<TrpcCode, { readonly code: ErrorCode; readonly message: string }>> = Object.freeze({
  PARSE_ERROR: { code: 'invalid_json', message: 'The input is not valid JSON.' },
  BAD_REQUEST: { code: 'invalid_request', message: 'The input is not valid.' },
  NOT_FOUND: { code: 'not_found', message: 'There is no such procedure.' },
  METHOD_NOT_SUPPORTED: { code: 'method_not_allowed', message: 'The method is not allowed here.' },
  PAYLOAD_TOO_LARGE: { code: 'request_too_large', message: 'The body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'Send the body as application/json.' },
});
const LONGEST_MESSAGE = 300;

/** The coded error behind whatever tRPC has thrown: ours where there is one, else its own refusal; anything more is `internal_error`. */
export function fromTrpcError(error: TRPCError): GatewayError {
  const known = GatewayError.from(error);
  const own = OWN[error.code];
  if (known.code !== 'internal_error' || error.cause instanceof GatewayError || own === undefined) return known;
  const issue = firstIssue(error.cause);
  if (issue !== undefined)
    return new GatewayError('invalid_request', { ...issue, message: `${issue.param ?? 'The body'}: ${issue.message}` });
  const message = error.cause === undefined ? error.message.slice(0, LONGEST_MESSAGE) : own.message;
  return new GatewayError(own.code, { message, cause: error });
}

/** Zod's first complaint about an input. */
function firstIssue(cause: unknown): { readonly message: string; readonly param: string | undefined } | undefined {
  if (!(cause instanceof Error) || !('issues' in cause) || !Array.isArray(cause.issues)) return undefined;
  const [issue]: unknown[] = cause.issues;
  const fields: { path?: unknown; message?: unknown } = typeof issue === 'object' && issue !== null ? issue : {};
  const param = Array.isArray(fields.path) && fields.path.length > 0 ? fields.path.map(String).join('.') : undefined;
  return { message: String(fields.message), param };
}
