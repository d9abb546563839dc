import type { Answer } from '../attempt/answer.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { earlyStream } from '../sse/early-stream.ts';

/** When a stream is opened to its client before anything was committed. */
export interface OpenEarly {
  readonly clock: Clock;
  /** Milliseconds from now. */
  readonly after: number;
  readonly scope: RequestScope;
}

/**
 * Answers a streaming request after `after` milliseconds at the latest: with the answer, or with a stream that stands for it, for clients
 * behind a load balancer that cuts silent connections. The waterfall continues behind that stream; its failure becomes the stream's end. The
 * request is then finished here, because its door has already returned.
 */
export async function openEarly(
  answer: (scope: RequestScope) => Promise<Answer>,
  { clock, after, scope }: OpenEarly,
): Promise<Answer> {
  // The reader of the early stream may disconnect while nothing else could cancel the waterfall. The scope is not disposed here: a committed
  // stream's abort signal is linked through it, and it ends with the request's own scope.
  const own = openAbortScope(scope.signal);
  const answering = answer(scope.below(own.signal));
  const opened = Promise.withResolvers<undefined>();
  using _ = clock.timer(after, () => opened.resolve(undefined));
  const first = await Promise.race([answering, opened.promise]);
  if (first !== undefined) return first;
  return { kind: 'stream', stream: earlyStream(streamOf(answering, scope), () => own.abort('client_closed')) };
}

async function streamOf(answering: Promise<Answer>, scope: RequestScope): Promise<EventStream<unknown>> {
  try {
    const answer = await answering;
    if (answer.kind === 'stream') return answer.stream;
    throw new GatewayError('internal_error', { message: 'JSON arrived in place of a stream.' });
  } catch (thrown) {
    const error = GatewayError.from(thrown);
    scope.fail(error);
    throw error;
  }
}
