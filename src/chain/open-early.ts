import type { Answer } from '../attempt/answer.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { earlyStream } from '../sse/early-stream.ts';

/** When a stream is opened to its caller though nothing was committed. */
export interface OpenEarly {
  readonly clock: Clock;
  /** Milliseconds from now. */
  readonly after: number;
  readonly scope: RequestScope;
}

/**
 * Answers a request for a stream after `after` milliseconds at the latest: with the answer, or with a stream that stands for it, for
 * callers behind something that cuts a silent connection. The walk goes on behind it; what it fails with is then the stream's end, and the
 * request's end is told here, because whoever would have told it has his answer.
 */
export async function openEarly(
  answer: (scope: RequestScope) => Promise<Answer>,
  { clock, after, scope }: OpenEarly,
): Promise<Answer> {
  // The reader of the early stream may leave while the request has nobody else who could say so. It is not disposed: a committed stream's
  // wire runs through it, and it goes with the request's own scope.
  const walk = openAbortScope(scope.signal);
  const answering = answer(scope.below(walk.signal));
  const opened = Promise.withResolvers<undefined>();
  using _ = clock.timer(after, () => opened.resolve(undefined));
  const first = await Promise.race([answering, opened.promise]);
  if (first !== undefined) return first;
  return { kind: 'stream', stream: earlyStream(streamOf(answering, scope), () => walk.abort('client_closed')) };
}

async function streamOf(answering: Promise<Answer>, scope: RequestScope): Promise<EventStream<unknown>> {
  try {
    const answer = await answering;
    if (answer.kind === 'stream') return answer.stream;
    throw new GatewayError('internal_error', { message: 'JSON came where a stream was asked.' });
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    scope.fail(error);
    throw error;
  }
}
