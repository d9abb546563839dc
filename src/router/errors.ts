import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { type ErrorCode, GatewayError } from '../domain/errors.ts';
import { type RequestIds, shownRequestId } from '../domain/scope.ts';
import type { TrailStep } from '../domain/trail.ts';

type TrpcCode = TRPCError['code'];
type TrpcNumber = (typeof TRPC_ERROR_CODES_BY_KEY)[TrpcCode];

/**
 * tRPC's codes by HTTP status. tRPC's own client repeats a subscription, at full cost, when the code's number corresponds to 500, 501, 502,
 * 503 or 504, so no code with such a number is here. Only an error whose subscription resumes has one. The real status is in the error's `data`.
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

/** tRPC's code for an HTTP status. A status without a row is `PRECONDITION_FAILED` from 500 on, else `BAD_REQUEST`. */
export function trpcCodeOf(status: number): TrpcCode {
  return CODES[status] ?? (status >= 500 ? 'PRECONDITION_FAILED' : 'BAD_REQUEST');
}

/** tRPC's code for an error: by its status, except where a client should subscribe again, which costs nothing. */
function codeOf({ status, details }: GatewayError): TrpcCode {
  return details.resumes === true ? 'SERVICE_UNAVAILABLE' : trpcCodeOf(status);
}

/** The error of one call as tRPC passes it on. It has the call's ids, because a batch has one context for all its calls. */
export class CallError extends TRPCError {
  readonly ids: RequestIds;

  constructor(error: GatewayError, ids: RequestIds) {
    super({ code: codeOf(error), message: error.message, cause: error });
    this.ids = ids;
  }
}

/** What an error on tRPC's wire holds beside its message: OpenAI's members, the real status, and the request's attempts. */
export interface ErrorData {
  /** Never empty. */
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  /** The HTTP status that a REST response would have. */
  readonly status: number;
  /** The procedure's path; absent where no procedure was reached. */
  readonly path?: string | undefined;
  /** The answer's `x-request-id`: the client's own id, else the gateway's. In a batch without one, each call has the gateway's id of that call. */
  readonly requestId?: string | undefined;
  /** The gateway's own id of the call, also where the client sent one. */
  readonly spillwayRequestId?: string | undefined;
  readonly attempts?: readonly TrailStep[] | undefined;
  /** The chain that found no answer. */
  readonly chain?: string | undefined;
  /** Names that the caller may send as `model`, where it sent another one. */
  readonly models?: readonly string[] | undefined;
  /** Seconds to wait, 1 to 60. */
  readonly retryAfter?: number | undefined;
  /** False when waiting for `retryAfter` does not help. */
  readonly shouldRetry?: boolean | undefined;
  /** When an entry may be usable again, in milliseconds since the epoch. */
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
  /** The procedure's path. */
  readonly path?: string | undefined;
  readonly ids?: RequestIds | undefined;
}

/** The one shape of errors on tRPC's wire. It holds no cause and no stack. */
export function errorShape(error: GatewayError, { path, ids }: ErrorPlace): ErrorShape {
  const { message, ...members } = error.wire;
  const { attempts, chain, models, retryAfter, shouldRetry, retryAt } = error.details;
  const { status } = error;
  return {
    message,
    code: TRPC_ERROR_CODES_BY_KEY[codeOf(error)],
    data: {
      ...members,
      status,
      path,
      requestId: ids === undefined ? undefined : shownRequestId(ids),
      spillwayRequestId: ids?.id,
      attempts,
      chain,
      models,
      retryAfter,
      shouldRetry,
      retryAt,
    },
  };
}

/** The refusals of tRPC itself, in our codes. The message is used where tRPC's own would repeat that of a cause. */
const OWN: Partial<Record<TrpcCode, { readonly code: ErrorCode; readonly message: string }>> = Object.freeze({
  PARSE_ERROR: { code: 'invalid_json', message: 'The input is not valid JSON.' },
  BAD_REQUEST: { code: 'invalid_request', message: 'The input is not valid.' },
  NOT_FOUND: { code: 'not_found', message: 'There is no such procedure.' },
  METHOD_NOT_SUPPORTED: { code: 'method_not_allowed', message: 'The method is not allowed here.' },
  PAYLOAD_TOO_LARGE: { code: 'request_too_large', message: 'The body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'Send the body as application/json.' },
});
const LONGEST_MESSAGE = 300;

/** The GatewayError for whatever tRPC has thrown: our own error if it is the cause, else tRPC's refusal in our codes, else `internal_error`. */
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

/** The first issue that zod found in an input. */
function firstIssue(cause: unknown): { readonly message: string; readonly param: string | undefined } | undefined {
  if (!(cause instanceof Error) || !('issues' in cause) || !Array.isArray(cause.issues)) return undefined;
  const [issue]: unknown[] = cause.issues;
  const fields: { path?: unknown; message?: unknown } = typeof issue === 'object' && issue !== null ? issue : {};
  const param = Array.isArray(fields.path) && fields.path.length > 0 ? fields.path.map(String).join('.') : undefined;
  return { message: String(fields.message), param };
}
