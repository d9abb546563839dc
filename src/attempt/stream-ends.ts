import { GatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import { abortError } from '../domain/abort-error.ts';
import type { Failure } from '../domain/outcome.ts';
import { failureOfAbort, isTimeout } from './failures.ts';
import type { Breakage } from './attempt-context.ts';

/** What a reply that was not read to its end has failed with, as its entry's outcome. `status` is the reply's. */
export function failureOfBreakage(how: Breakage, status: number): Failure {
  if (how.kind === 'given_up') return failureOfAbort(how.code);
  const malformed = how.kind === 'garbled' || how.kind === 'unreadable';
  return { kind: malformed ? 'malformed' : 'unreachable', message: how.message, status };
}

/** How such a stream ends for a caller who has seen its beginning. */
export function brokenEnd(how: Breakage): StreamEnd {
  if (how.kind === 'unreadable') return failedEnd('upstream_failed', how.message);
  if (how.kind !== 'given_up') return failedEnd('upstream_truncated', 'The connection to the provider broke off.');
  if (isTimeout(how.code)) return failedEnd('upstream_timeout', failureOfAbort(how.code).message);
  return { kind: 'failed', error: abortError(how.code) };
}

/** The end of a stream that failed after it had begun. The message must be safe to show. */
export function failedEnd(
  code: 'upstream_truncated' | 'upstream_timeout' | 'upstream_failed',
  message: string,
): StreamEnd {
  return { kind: 'failed', error: new GatewayError(code, { message }) };
}
