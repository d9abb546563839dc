import type { GatewayError } from '../domain/errors.ts';
import { type RequestIds, shownRequestId } from '../domain/scope.ts';
import { openaiErrorBody } from './openai-error-body.ts';

/** Anthropic's types by HTTP status (https://platform.claude.com/docs/en/api/errors); else `invalid_request_error` below 500, and `api_error`. */
const TYPES: Readonly<Record<number, string>> = Object.freeze({
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  // Where every entry is out of service: SDKs and proxies know 503 better than Anthropic's own 529.
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
});
const KNOWN: ReadonlySet<string> = new Set([...Object.values(TYPES), 'invalid_request_error', 'api_error']);

/** The error body of Anthropic's API, with the gateway's own code and what the gateway adds. */
export function anthropicErrorBody(error: GatewayError, ids: RequestIds): object {
  const { error: members } = openaiErrorBody(error);
  const { type, param, ...rest } = members;
  const { status } = error;
  const { upstream } = error.details;
  const known = upstream !== undefined && KNOWN.has(String(type)) ? String(type) : undefined;
  const cause = known === undefined ? causeOf(error) : upstream?.error.detail;
  return {
    type: 'error',
    error: {
      type: known ?? TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'),
      ...rest,
      ...(param === null ? {} : { param }),
      ...(typeof cause === 'string' ? { details: { error_code: cause } } : {}),
    },
    request_id: shownRequestId(ids),
  };
}

/** Anthropic's name for an error of the gateway, where its SDKs act on it: without the thread they send the whole conversation instead. */
function causeOf({ details: { param, upstream } }: GatewayError): string | undefined {
  return param === 'thread' && upstream === undefined ? 'thread_unsupported_request' : undefined;
}

/** The same as the last event of a stream. */
export function anthropicErrorEvent(error: GatewayError, ids: RequestIds): string {
  return `event: error\ndata: ${JSON.stringify(anthropicErrorBody(error, ids))}\n\n`;
}
