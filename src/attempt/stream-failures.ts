import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Interruption } from './attempt-context.ts';
import { failureOfAbort, isTimeout } from './failures.ts';

/** The entry's outcome after its reply was interrupted. `status` is the reply's. */
export function failureOfInterruption(how: Interruption, status: number): Failure {
  if (how.kind === 'cancelled') return failureOfAbort(how.code);
  const malformed = how.kind === 'garbled' || how.kind === 'unreadable';
  return { kind: malformed ? 'malformed' : 'unreachable', message: how.message, status };
}

/** The end of an interrupted stream for a client that has seen its beginning. */
export function interruptedEnd(how: Interruption): StreamEnd {
  if (how.kind === 'unreadable') return failedEnd('upstream_failed', how.message);
  if (how.kind !== 'cancelled') return failedEnd('upstream_truncated', 'The connection to the provider was lost.');
  if (isTimeout(how.code)) return failedEnd('upstream_timeout', failureOfAbort(how.code).message);
  return { kind: 'failed', error: abortError(how.code) };
}

/** Whether the client or the gateway itself cancelled the attempt, rather than one of its timeouts. */
export function isCancelledByRequest(how: Interruption): boolean {
  return how.kind === 'cancelled' && !isTimeout(how.code);
}

/** The end of a stream that failed after it had begun. The message must be safe to show. */
export function failedEnd(
  code: 'upstream_truncated' | 'upstream_timeout' | 'upstream_failed',
  message: string,
): StreamEnd {
  return { kind: 'failed', error: new GatewayError(code, { message }) };
}
