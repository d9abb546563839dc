import { boundTrail } from './bound-trail.ts';
import type { OwnerRefusal } from './owner-refusal.ts';
import type { ProviderError } from './provider-error.ts';
import type { TrailStep } from './trail.ts';

/** Every error code of the gateway, with its HTTP status and OpenAI's error type. Codes are stable; docs/errors.md lists them. */
export const ERRORS = Object.freeze({
  invalid_request: { status: 400, type: 'invalid_request_error' },
  invalid_json: { status: 400, type: 'invalid_request_error' },
  duplicate_parameter: { status: 400, type: 'invalid_request_error' },
  unknown_option: { status: 400, type: 'invalid_request_error' },
  no_suitable_entry: { status: 400, type: 'invalid_request_error' },
  missing_model: { status: 400, type: 'invalid_request_error' },
  store_required: { status: 400, type: 'invalid_request_error' },
  insecure_connection: { status: 400, type: 'invalid_request_error' },
  previous_response_not_found: { status: 400, type: 'invalid_request_error' },
  budget_exceeded: { status: 402, type: 'insufficient_quota' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  key_expired: { status: 401, type: 'authentication_error' },
  key_revoked: { status: 401, type: 'authentication_error' },
  forbidden: { status: 403, type: 'permission_error' },
  forbidden_origin: { status: 403, type: 'permission_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  response_not_found: { status: 404, type: 'invalid_request_error' },
  run_not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  conflict: { status: 409, type: 'invalid_request_error' },
  already_rotated: { status: 409, type: 'invalid_request_error' },
  idempotency_conflict: { status: 409, type: 'invalid_request_error' },
  run_events_expired: { status: 410, type: 'invalid_request_error' },
  length_required: { status: 411, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  expectation_failed: { status: 417, type: 'invalid_request_error' },
  no_valid_answer: { status: 422, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, type: 'requests' },
  concurrency_exceeded: { status: 429, type: 'requests' },
  too_many_failures: { status: 429, type: 'rate_limit_error' },
  too_many_subscriptions: { status: 429, type: 'rate_limit_error' },
  too_many_runs: { status: 429, type: 'rate_limit_error' },
  headers_too_large: { status: 431, type: 'invalid_request_error' },
  client_closed: { status: 499, type: 'client_closed' },
  run_cancelled: { status: 499, type: 'client_closed' },
  internal_error: { status: 500, type: 'server_error' },
  upstream_failed: { status: 502, type: 'upstream_error' },
  run_interrupted: { status: 502, type: 'server_error' },
  upstream_truncated: { status: 502, type: 'upstream_error' },
  upstream_timeout: { status: 504, type: 'upstream_error' },
  all_providers_exhausted: { status: 503, type: 'upstream_error' },
  overloaded: { status: 503, type: 'server_error' },
  shutting_down: { status: 503, type: 'server_error' },
  store_unavailable: { status: 503, type: 'server_error' },
  not_ready: { status: 503, type: 'server_error' },
  loop_detected: { status: 508, type: 'server_error' },
  deadline_exceeded: { status: 504, type: 'upstream_error' },
} as const);

/** The gateway's error codes. */
export type ErrorCode = keyof typeof ERRORS;

/** What an error holds beside its code. */
export interface ErrorDetails {
  readonly message: string;
  readonly param?: string | undefined;
  /** In place of the code's own type. */
  readonly type?: string | undefined;
  /** Further response headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Seconds that a client should wait, at least 1; becomes `retry-after`. */
  readonly retryAfter?: number | undefined;
  /** False makes OpenAI's SDKs not retry the request; becomes `x-should-retry`. */
  readonly shouldRetry?: boolean | undefined;
  /** Whether the client of a subscription should subscribe again: it continues behind its last event, at no cost. */
  readonly resumes?: boolean | undefined;
  /** When the earliest entry may be usable again, in milliseconds since the epoch. */
  readonly retryAt?: number | undefined;
  /** The entries that were tried and skipped, in order; an error bounds their messages. */
  readonly attempts?: readonly TrailStep[] | undefined;
  /** The chain that found no answer. */
  readonly chain?: string | undefined;
  /** Names that the caller may send as `model`, where it sent another one. */
  readonly models?: readonly string[] | undefined;
  /** Methods that a path allows; becomes `allow`. */
  readonly allow?: readonly string[] | undefined;
  /** Which limit or budget of the key or the tenant has refused the request; for records only. */
  readonly refusal?: OwnerRefusal | undefined;
  /** The provider's refusal, returned as it arrived. Its status and members win over the code's. */
  readonly upstream?: { readonly status: number; readonly error: ProviderError } | undefined;
  readonly cause?: unknown;
}

/** An error as clients read it: all four members are present, and neither `message` nor `type` is ever empty. */
export interface WireError extends ProviderError {
  readonly type: string;
}

/** The message of an error that has none. */
const UNNAMED = 'The request failed.';

/** OpenAI's types by HTTP status; any other status below 500 is `invalid_request_error`. */
const TYPES: Readonly<Record<number, string>> = Object.freeze({
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
});

/** OpenAI's type for a provider's error without one. An error of the server has the type of our code, if that is for a server's error too. */
function typeOf(status: number, code: ErrorCode): string {
  if (status < 500) return TYPES[status] ?? 'invalid_request_error';
  return ERRORS[code].status < 500 ? 'server_error' : ERRORS[code].type;
}

/** A text that is more than blanks; undefined for any other. */
function textIn(text: string | null): string | undefined {
  return text === null || text.trim() === '' ? undefined : text;
}

/** The only error type that reaches a client. The message is safe to show; the cause is never sent. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(textIn(details.message) ?? UNNAMED, { cause: details.cause });
    this.code = code;
    const { attempts } = details;
    this.details = attempts === undefined ? details : { ...details, attempts: boundTrail(attempts) };
  }

  /** HTTP status of the answer. */
  get status(): number {
    return this.details.upstream?.status ?? ERRORS[this.code].status;
  }

  /** The four members that OpenAI's clients read. What a provider did not give is filled in. */
  get wire(): WireError {
    const { upstream, param, type = ERRORS[this.code].type } = this.details;
    if (upstream === undefined) return { message: this.message, type, param: param ?? null, code: this.code };
    const { error, status } = upstream;
    return {
      message: textIn(error.message) ?? this.message,
      type: textIn(error.type) ?? typeOf(status, this.code),
      param: textIn(error.param) ?? null,
      code: textIn(error.code) ?? null,
    };
  }

  /** The GatewayError in whatever was thrown. Anything else becomes `internal_error`, which shows nothing of the original. */
  static from(thrown: unknown): GatewayError {
    if (thrown instanceof GatewayError) return thrown;
    if (thrown instanceof Error && thrown.cause instanceof GatewayError) return thrown.cause;
    return new GatewayError('internal_error', { message: 'The gateway failed while answering.', cause: thrown });
  }
}
