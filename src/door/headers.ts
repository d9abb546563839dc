import type { GatewayError } from '../domain/errors.ts';
import type { RequestScope } from '../domain/scope.ts';

type Headers = Readonly<Record<string, string>>;

/** Headers of a stream of events, which nothing on the way may hold back or compress. */
export const STREAM_HEADERS: Headers = Object.freeze({
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
});

/** Headers of a JSON body. */
export const JSON_HEADERS: Headers = Object.freeze({ 'content-type': 'application/json; charset=utf-8' });

/** What every answer tells of its request: its id, and once an entry has answered, which one after how many attempts. */
export function requestHeaders({ id, report: { served } }: RequestScope): Record<string, string> {
  if (served === undefined) return { 'x-request-id': id };
  return {
    'x-request-id': id,
    'x-spillway-chain': headerText(served.chain),
    'x-spillway-provider': headerText(served.provider),
    'x-spillway-model': headerText(served.model),
    'x-spillway-attempts': String(served.attempts),
  };
}

/** What an error says in headers: when to come again, what is allowed, how to show a key. */
export function errorHeaders({ code, details }: GatewayError): Record<string, string> {
  const { retryAfter, shouldRetry, allow } = details;
  return {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(shouldRetry === undefined ? {} : { 'x-should-retry': String(shouldRetry) }),
    ...(allow === undefined ? {} : { allow: allow.join(', ') }),
    ...(code === 'invalid_api_key' ? { 'www-authenticate': 'Bearer' } : {}),
  };
}

/** Names may hold any character, headers may not. */
function headerText(text: string): string {
  // Half of a surrogate pair has no encoding.
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}
