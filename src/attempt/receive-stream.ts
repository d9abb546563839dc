import { GatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import { givenUp } from '../domain/given-up.ts';
import type { Failure } from '../domain/outcome.ts';
import type { SseEvent } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';
import type { VendorError } from '../domain/vendor-error.ts';
import { eventBytes } from '../sse/framing.ts';
import { createEventScanner } from '../sse/scanner.ts';
import { createAnswerStream } from './answer-stream.ts';
import type { Reception, ReceptionContext } from './reception.ts';
import { failureOfAbort, failureOfReading, isTimeout } from './failures.ts';

/** How long the exchange may linger after its end mark, so that its connection can be used again; in milliseconds. */
const LINGER_MS = 1000;

/**
 * Receives an event stream. Until the gate opens every failure is the attempt's and the chain walks on; what was held is then released
 * in order. After it the stream ends complete or visibly failed, and in no other way.
 */
export function receiveStream(context: ReceptionContext): Reception {
  const { tools, options, watchdogs, flow, head } = context;
  const grammar = tools.dialect.grammar(options.call);
  const scanner = createEventScanner(onEvent);
  const answer = createAnswerStream<unknown>({
    pause: () => (flow.pause(), watchdogs.readerPaused()),
    resume: () => (flow.resume(), watchdogs.readerResumed()),
    cancel: (code) => context.abort(code),
  });
  let committed = false;
  let over = false;
  let usage: Usage | undefined;

  function commit(): void {
    if (committed) return;
    committed = true;
    watchdogs.committed();
    context.settle({ kind: 'answered', answer: { kind: 'stream', stream: answer.stream } });
  }

  function onEvent(event: SseEvent): void {
    if (over) return;
    const seen = grammar.inspect(event);
    usage = seen.usage ?? usage;
    if (seen.error !== undefined) return reported(seen.error);
    if (seen.done) return ended('The stream ended without an answer.');
    watchdogs.data();
    if (seen.show) answer.add(eventBytes(event));
    if (!committed && options.gate.onEvent(seen)) commit();
  }

  /** The scanner throws on one thing only: an event past its cap. */
  function scan(step: () => void): void {
    try {
      step();
    } catch {
      const message = 'The provider sent an event that is too large.';
      if (committed) finish(failedEnd('upstream_failed', message));
      else fail({ kind: 'malformed', message, status: head.status });
    }
  }

  /** The bytes, or the end mark, say that nothing more will come. */
  function ended(problem: string): void {
    if (grammar.complete()) return finish({ kind: 'complete' });
    if (committed)
      return finish(failedEnd('upstream_truncated', 'The provider stopped before the answer was complete.'));
    fail({ kind: 'silent', message: problem, status: head.status });
  }

  function reported(error: VendorError): void {
    const failure = failureOfReading(tools.dialect.readError(error, tools.clock.now()), tools.redact, 'malformed');
    if (!committed) return fail(failure);
    const shown = failure.reading === undefined ? undefined : { status: 502, error: failure.reading.error };
    finish({
      kind: 'failed',
      error: new GatewayError('upstream_failed', { message: failure.message, upstream: shown }),
    });
  }

  function fail(failure: Failure): void {
    over = true;
    context.settle({ kind: 'failed', failure, added: [] });
  }

  function finish(end: StreamEnd): void {
    if (over) return;
    over = true;
    // An empty finished answer opens the gate by its finish reason; under any policy a complete stream is an answer.
    commit();
    watchdogs[Symbol.dispose]();
    options.onStreamEnd(end, usage);
    answer.end(end);
    if (end.kind === 'failed') context.release();
    else lingering = tools.clock.timer(LINGER_MS, () => context.release());
  }
  let lingering: Disposable | undefined;

  const refusal = unfit(context);
  if (refusal !== undefined) queueMicrotask(() => fail(refusal));
  else if (options.gate.onHead) commit();

  return {
    data(bytes) {
      if (over || refusal !== undefined) return;
      scan(() => scanner.push(bytes));
      answer.flush();
    },
    end() {
      if (!over && refusal === undefined) {
        scan(() => scanner.end());
        if (!over) ended('The stream ended before any token.');
      }
      lingering?.[Symbol.dispose]();
      if (over) context.release();
    },
    broke({ message, code }) {
      if (over) return;
      if (code === undefined && grammar.complete()) return finish({ kind: 'complete' });
      if (committed) return finish(brokenEnd(code));
      fail(code === undefined ? { kind: 'unreachable', message, status: head.status } : failureOfAbort(code));
    },
  };
}

/** Why a 2xx is no event stream at all; undefined when it is one. */
function unfit({ head }: ReceptionContext): Failure | undefined {
  const type = String(head.headers['content-type'] ?? 'text/event-stream').toLowerCase();
  const encoding = head.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return { kind: 'malformed', message: 'The stream is compressed, which was not asked for.', status: head.status };
  }
  if (type.startsWith('text/event-stream')) return undefined;
  return { kind: 'malformed', message: 'The reply to a stream request is no event stream.', status: head.status };
}

function brokenEnd(code: string | undefined): StreamEnd {
  if (code === undefined) return failedEnd('upstream_truncated', 'The connection to the provider broke off.');
  if (isTimeout(code)) return failedEnd('upstream_timeout', failureOfAbort(code).message);
  return { kind: 'failed', error: givenUp(code) };
}

function failedEnd(code: 'upstream_truncated' | 'upstream_timeout' | 'upstream_failed', message: string): StreamEnd {
  return { kind: 'failed', error: new GatewayError(code, { message }) };
}
