import type { ConvertedEvent } from '../dialects/codec.ts';
import { GatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import type { SseEvent, StreamGrammar } from '../domain/stream-grammar.ts';
import type { Steps } from '../lib/steps.ts';
import { readReportedError } from '../refusals/read.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { type AnswerStream, createAnswerStream } from './answer-stream.ts';
import type { AttemptContext, BodyReceiver, Interruption } from './attempt-context.ts';
import { type BodyListener, type BodyReader, createBodyReader, saysEventStream, typeOf } from './body-reader.ts';
import { failureOfReport, failureOfThrow } from './failures.ts';
import { inspectLarge, isLarge } from './large-event.ts';
import { readRefusal } from './read-refusal.ts';
import { SlicedWork } from './sliced-work.ts';
import { failedEnd, failureOfInterruption, interruptedEnd, isCancelledByRequest } from './stream-failures.ts';
import { StreamGate } from './stream-gate.ts';
import { StreamLifecycle } from './stream-lifecycle.ts';

/**
 * Receives an event stream, or the JSON answer that arrives in its place. Before the gate opens every failure is the attempt's, and the chain
 * continues with its next entry; the events held are released in order when it opens. From then on the stream ends complete or visibly
 * failed, and in no other way.
 */
export function receiveStream(context: AttemptContext, head: ReplyHead): BodyReceiver {
  return new StreamReceiver(context, head);
}

class StreamReceiver implements BodyReceiver, BodyListener {
  readonly #context: AttemptContext;
  readonly #status: number;
  readonly #grammar: StreamGrammar;
  readonly #answer: AnswerStream<unknown>;
  readonly #gate: StreamGate;
  readonly #life: StreamLifecycle;
  readonly #reader: BodyReader;
  readonly #work: SlicedWork;

  constructor(context: AttemptContext, head: ReplyHead) {
    const { codec, options, answerContext } = context;
    this.#context = context;
    this.#status = head.status;
    this.#grammar = codec.grammar(answerContext);
    this.#answer = createAnswerStream<unknown>({
      pause: () => this.#life.pauseReader(),
      resume: () => this.#life.resumeReader(),
      cancel: (code) => context.abort(code),
    });
    this.#gate = new StreamGate(context, this.#answer);
    this.#life = new StreamLifecycle(context, {
      grammar: this.#grammar,
      answer: this.#answer,
      gate: this.#gate,
      status: head.status,
    });
    this.#work = new SlicedWork(context, { resumed: () => this.#resumed(), failed: (thrown) => this.#threw(thrown) });
    this.#reader = createBodyReader(typeOf(head), this);
    if (options.gate.onHead && saysEventStream(typeOf(head))) this.#gate.commit();
  }

  readonly runs = {
    // Before the commit each event may be the one that opens the gate.
    skim: (text: () => string, from: number): number =>
      this.#gate.committed && !this.#life.over && !this.#work.busy ? this.#grammar.skim(text, from) : from,
    onRun: (events: Buffer): void => {
      this.#answer.add(events);
      this.#context.watchdogs.data();
    },
  };

  data(bytes: Buffer): void {
    this.#work.next(() => this.#read(bytes));
  }

  #read(bytes: Buffer): void {
    if (this.#life.over) return;
    this.#reader.push(bytes);
    // Once for all events of a read: mostly the end mark is among them.
    this.#life.afterRead();
    this.#answer.flush();
  }

  end(): void {
    this.#work.next(() => {
      if (!this.#life.over) this.#reader.end();
      // An answer in place of a stream, or an event at the very end, may still be read.
      this.#work.after(() => {
        if (!this.#life.over) this.#ended('The stream ended before any token.');
        this.#life.close();
      });
    });
  }

  interrupted(how: Interruption): void {
    if (how.kind !== 'cancelled' && how.kind !== 'unreadable') return this.#work.next(() => this.#brokenOff(how, true));
    const { idle } = this.#work;
    this.#work.stop();
    this.#brokenOff(how, idle);
  }

  /** `readAll`: whether everything that has arrived is read. */
  #brokenOff(how: Interruption, readAll: boolean): void {
    if (this.#life.over) {
      if (isCancelledByRequest(how)) this.#life.cancelCheck(failureOfInterruption(how, this.#status));
      return;
    }
    // After a lost connection further choices may be missing; after a regular end none is.
    if (readAll && how.kind !== 'unreadable' && !isCancelledByRequest(how) && this.#grammar.settled()) {
      this.#life.finish({ kind: 'complete' });
      this.#life.close();
      return;
    }
    const failure = failureOfInterruption(how, this.#status);
    if (!this.#gate.committed)
      return this.#life.fail(failure, isCancelledByRequest(how) ? this.#life.used() : undefined);
    // A reader that takes nothing uses up the whole time by itself.
    const byReader = how.kind === 'cancelled' && how.code === 'total_timeout' && this.#life.readerPaused;
    this.#life.finish(interruptedEnd(how), isCancelledByRequest(how) || byReader ? undefined : failure);
  }

  onEvent(event: SseEvent): void {
    if (this.#life.over) return;
    if (this.#work.busy) return this.#work.after(() => this.onEvent(event));
    if (!isLarge(event)) return this.#inspect(event);
    this.#work.run(inspectLarge(event, (parsed) => this.#inspect(parsed)));
  }

  #inspect(event: SseEvent): void {
    const life = this.#life;
    if (life.over) return;
    const seen = this.#grammar.inspect(event);
    if (seen.pieces !== undefined) {
      for (const piece of seen.pieces) this.#inspect(piece);
      return;
    }
    if (seen.unreadable === true) return this.#unreadable(event);
    life.usage = seen.usage ?? life.usage;
    if (seen.error !== undefined) return this.#reported(seen.error);
    if (seen.done) return this.#ended('The stream ended without an answer.');
    if (seen.show && seen.instead === undefined) this.#gate.show(event, life.usage);
    else if (seen.show) for (const each of seen.instead ?? []) this.#gate.show(each, life.usage);
    if (seen.feeds) this.#context.watchdogs.data();
    if (!seen.show && !seen.feeds) return;
    this.#gate.inspect(seen);
    if (this.#gate.overflown) return this.#overflown();
    life.anyToken ||= seen.token;
  }

  /** JSON in place of a stream: an answer is passed on as the stream it would have been, anything else is a failure. */
  onText(body: Buffer): void {
    this.#work.run(this.#convert(body));
  }

  *#convert(body: Buffer): Steps<void> {
    const { codec, answerContext } = this.#context;
    const verdict = yield* codec.judge(body, answerContext);
    if (verdict.kind === 'unusable' && verdict.error !== undefined) return this.#reported(verdict.error);
    const events = verdict.kind === 'answer' ? codec.toEvents(verdict.value, answerContext) : undefined;
    if (events === undefined)
      return this.#broken(verdict.kind === 'answer' ? 'The answer is incomplete.' : verdict.problem, 'malformed');
    for (const event of events) {
      if (event !== undefined) this.#inspect(sentAlone(event));
      yield;
    }
  }

  /** Whatever waited for the work has been read. */
  #resumed(): void {
    this.#life.afterRead();
    this.#answer.flush();
    if (!this.#life.readerPaused) this.#context.resume();
  }

  #threw(thrown: unknown): void {
    const failure = failureOfThrow(thrown);
    this.interrupted({ kind: 'unreadable', message: failure.message });
    this.#life.close();
  }

  onTooLarge(message: string): void {
    this.#broken(message, 'malformed');
  }

  #overflown(): void {
    if (this.#gate.unchecked === undefined)
      return this.onTooLarge('The provider sent too much before its first token.');
    const message = 'The answer is too large to be checked.';
    this.#life.fail({ kind: 'invalid_answer', message, status: this.#status }, this.#life.used());
  }

  onMore(): void {
    this.#context.watchdogs.data();
  }

  /** The end of the bytes, or the end mark: nothing more will arrive. */
  #ended(problem: string): void {
    if (this.#grammar.complete()) return this.#life.finish({ kind: 'complete' });
    const own = this.#grammar.problem();
    if (own !== undefined || !this.#gate.committed) return this.#broken(own ?? problem, 'silent');
    this.#truncated();
  }

  #truncated(): void {
    const message = 'The provider stopped before the answer was complete.';
    this.#life.finish(failedEnd('upstream_truncated', message), { kind: 'silent', message, status: this.#status });
  }

  #unreadable({ unfinished }: SseEvent): void {
    const message = 'The provider sent an event that cannot be read.';
    if (unfinished !== true || !this.#gate.committed) return this.#broken(message, 'malformed');
    this.#truncated();
  }

  #broken(message: string, kind: Failure['kind']): void {
    this.#failOrFinish({ kind, message, status: this.#status }, failedEnd('upstream_failed', message));
  }

  #reported(error: ReportedError): void {
    const reading = readRefusal(this.#context, (options) => readReportedError(error, options));
    const failure = failureOfReport(reading, this.#context.redact);
    const upstream = failure.reading === undefined ? undefined : { status: 502, error: failure.reading.error };
    const shown = new GatewayError('upstream_failed', { message: failure.message, upstream });
    this.#failOrFinish(failure, { kind: 'failed', error: shown });
  }

  #failOrFinish(failure: Failure, end: StreamEnd): void {
    if (this.#gate.committed) this.#life.finish(end, failure);
    else this.#life.fail(failure);
  }
}

/** An event that was made from an answer. */
function sentAlone({ name, data, large }: ConvertedEvent): SseEvent {
  return { name, data, plain: large?.plain, parsed: large };
}
