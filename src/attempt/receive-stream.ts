import { GatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { SseEvent } from '../domain/stream-grammar.ts';
import { estimateUsage, type Usage } from '../domain/usage.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { startWatchdog, type Watchdog } from '../lib/watchdog.ts';
import { eventBytes } from '../sse/framing.ts';
import { MAX_EVENT_BYTES } from '../sse/event-scanner.ts';
import { createAnswerStream } from './answer-stream.ts';
import { createBodyReader, saysEventStream, typeOf } from './body-reader.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { Reception, ReceptionContext } from './attempt-context.ts';
import { readRefusal } from './read-refusal.ts';
import { failureOfReport, isTimeout } from './failures.ts';
import { brokenEnd, failedEnd, failureOfBreakage } from './stream-ends.ts';

/** How long the exchange may linger after its end mark, so that its connection can be used again; in milliseconds. */
const LINGER_MS = 1000;
/** How long after the last token of a settled answer the usage and the end mark may take; in milliseconds. */
const SETTLE_MS = 5000;

/**
 * Receives an event stream, or the JSON answer that came in its place. Until the gate opens every failure is the attempt's and the chain
 * walks on; what was held is then released in order. After it the stream ends complete or visibly failed, and in no other way.
 */
export function receiveStream(context: ReceptionContext, head: ReplyHead): Reception {
  const { tools, options, watchdogs } = context;
  const { dialect, clock } = tools;
  const { call, target } = options;
  const grammar = dialect.grammar(call, target.quirks);
  const reader = createBodyReader(typeOf(head), {
    onEvent,
    onText,
    onTooLarge,
    onMore: () => watchdogs.data(),
    runs: {
      // Until the commit each one may be the one that opens the gate.
      skim: (text, from) => (committed && !over ? grammar.skim(text, from) : from),
      onRun(events) {
        answer.add(events);
        watchdogs.data();
      },
    },
  });
  const answer = createAnswerStream<unknown>({
    pause() {
      // Before the commit there is no reader yet who could be slow.
      if (!committed) return;
      readerPaused = true;
      context.pause();
      watchdogs.readerPaused();
      settling?.pause();
    },
    resume() {
      readerPaused = false;
      context.resume();
      watchdogs.readerResumed();
      settling?.resume();
    },
    cancel: (code) => context.abort(code),
  });
  let committed = false;
  let over = false;
  let readerPaused = false;
  let held = 0;
  /** Whether the read that is under way has brought a token. */
  let anyToken = false;
  let usage: Usage | undefined;
  let settling: Watchdog | undefined;
  let lingering: Disposable | undefined;

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
    if (seen.show) show(seen.mended === undefined ? event : { ...event, data: seen.mended, plain: undefined });
    if (seen.feeds) watchdogs.data();
    if (!seen.show && !seen.feeds) return;
    if (!committed && options.gate.onEvent(seen)) commit();
    if (!committed && held > MAX_EVENT_BYTES) return onTooLarge('The provider sent too much before its first token.');
    anyToken ||= seen.token;
  }

  /**
   * Some vendors say a finish reason with every chunk, and some begin a choice after another one has ended. Asked once for all that came in
   * one read: mostly the end mark is in it.
   */
  function awaitRemarks(): void {
    if (!grammar.settled()) {
      settling?.[Symbol.dispose]();
      settling = undefined;
    } else if (settling === undefined) {
      settling = startWatchdog(clock, SETTLE_MS, () => finish({ kind: 'complete' }));
      if (readerPaused) settling.pause();
    } else if (anyToken) settling.feed();
  }

  function show(event: SseEvent): void {
    const bytes = eventBytes(event);
    held += bytes.length;
    answer.add(bytes);
  }

  /** No stream but JSON: an answer is told as a stream would have told it, and what is none is a failure. */
  function onText(body: Buffer): void {
    const verdict = dialect.judge(call, body);
    if (verdict.kind === 'unusable' && verdict.error !== undefined) return reported(verdict.error);
    const events = verdict.kind === 'answer' ? dialect.toEvents(call, verdict.value) : undefined;
    if (events === undefined)
      return broken(verdict.kind === 'answer' ? 'The answer is no whole one.' : verdict.problem, 'malformed');
    for (const data of events) onEvent({ name: undefined, data, plain: undefined });
  }

  function onTooLarge(message: string): void {
    broken(message, 'malformed');
  }

  /** The bytes, or the end mark, say that nothing more will come. */
  function ended(problem: string): void {
    if (grammar.complete()) return finish({ kind: 'complete' });
    if (!committed) return broken(problem, 'silent');
    const message = 'The provider stopped before the answer was complete.';
    finish(failedEnd('upstream_truncated', message), { kind: 'silent', message, status: head.status });
  }

  function broken(message: string, kind: Failure['kind']): void {
    const failure: Failure = { kind, message, status: head.status };
    if (committed) finish(failedEnd('upstream_failed', message), failure);
    else fail(failure);
  }

  function reported(error: ReportedError): void {
    const reading = readRefusal(context, (by) => dialect.readError(error, by));
    const failure = failureOfReport(reading, context.redact);
    if (!committed) return fail(failure);
    const shown = failure.reading === undefined ? undefined : { status: 502, error: failure.reading.error };
    const details = { message: failure.message, upstream: shown };
    finish({ kind: 'failed', error: new GatewayError('upstream_failed', details) }, failure);
  }

  function fail(failure: Failure): void {
    if (over) return;
    over = true;
    settling?.[Symbol.dispose]();
    context.settle({ kind: 'failed', failure, added: [] });
  }

  function finish(end: StreamEnd, failure?: Failure): void {
    if (over) return;
    over = true;
    // An empty finished answer opens the gate by its finish reason; under any policy a complete stream is an answer.
    commit();
    settling?.[Symbol.dispose]();
    watchdogs[Symbol.dispose]();
    options.watcher.streamEnded?.({ end, failure, usage: usage ?? estimateUsage(call.input, outputBytes()) });
    answer.end(end);
    if (end.kind === 'failed') context.release();
    else lingering = clock.timer(LINGER_MS, () => context.release());
  }

  /** Who counts may be who threw, and the end must be told all the same. */
  function outputBytes(): number {
    try {
      return grammar.outputBytes();
    } catch {
      return 0;
    }
  }

  /** Nothing more can come, so nothing is left to linger for. */
  function leave(): void {
    lingering?.[Symbol.dispose]();
    context.release();
  }

  if (options.gate.onHead && saysEventStream(typeOf(head))) commit();

  return {
    data(bytes) {
      if (over) return;
      anyToken = false;
      reader.push(bytes);
      if (!over) awaitRemarks();
      answer.flush();
    },
    end() {
      if (!over) reader.end();
      if (!over) ended('The stream ended before any token.');
      leave();
    },
    broke(how) {
      if (over) return;
      const left = how.kind === 'given_up' && !isTimeout(how.code);
      // Who is cut off may have had choices to begin; who ends has not.
      if (how.kind !== 'unreadable' && !left && grammar.settled()) {
        finish({ kind: 'complete' });
        return leave();
      }
      const failure = failureOfBreakage(how, head.status);
      // Who takes nothing uses up the whole time by himself.
      const slow = readerPaused && how.kind === 'given_up' && how.code === 'total_timeout';
      if (committed) finish(brokenEnd(how), left || slow ? undefined : failure);
      else fail(failure);
    },
  };
}
