import { rawBody } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import type { SseEvent, StreamGrammar } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';
import { LARGE_JSON_BYTES, parseJsonSteps } from '../lib/json-steps.ts';
import type { Steps } from '../lib/steps.ts';
import { estimateUsage } from '../operations/estimate-usage.ts';
import { readReportedError } from '../refusals/read.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { AttemptContext, BodyReceiver, Interruption } from './attempt-context.ts';
import { type BodyReader, createBodyReader, MAX_ANSWER_BYTES, typeOf } from './body-reader.ts';
import { checkAnswer } from './check-answer.ts';
import { failureOfAbort, failureOfReport, failureOfThrow } from './failures.ts';
import { inspectLarge, isLarge } from './large-event.ts';
import { readRefusal } from './read-refusal.ts';
import { SlicedWork } from './sliced-work.ts';
import { isCancelledByRequest } from './stream-failures.ts';

/** Receives a JSON answer: commits on a parsed, valid body, or on a stream's complete answer where the server sent a stream unrequested. */
export function receiveJson(context: AttemptContext, head: ReplyHead): BodyReceiver {
  return new JsonReceiver(context, head);
}

class JsonReceiver implements BodyReceiver {
  readonly #context: AttemptContext;
  readonly #status: number;
  readonly #reader: BodyReader;
  readonly #work: SlicedWork;
  /** Made only for a stream that arrives in place of JSON. */
  #grammar: StreamGrammar | undefined;
  readonly #events: Buffer[] = [];
  #size = 0;
  #over = false;
  #streamUsage: Usage | undefined;
  #textBytes = 0;

  constructor(context: AttemptContext, head: ReplyHead) {
    this.#context = context;
    this.#status = head.status;
    this.#work = new SlicedWork(context, {
      resumed: () => context.resume(),
      failed: (thrown) => this.#fail(failureOfThrow(thrown)),
    });
    this.#reader = createBodyReader(typeOf(head), {
      onEvent: (event) => this.#onEvent(event),
      onText: (body) => {
        this.#over = true;
        this.#work.run(this.#judge(body));
      },
      onTooLarge: (message) => this.#malformed(message),
      onMore: (bytes) => {
        this.#textBytes += bytes;
        context.watchdogs.data();
      },
    });
  }

  data(bytes: Buffer): void {
    this.#work.next(() => this.#reader.push(bytes));
  }

  end(): void {
    this.#work.next(() => {
      this.#reader.end();
      // An event at the very end may still be read.
      this.#work.after(() => !this.#over && this.#streamEnded());
    });
  }

  interrupted(how: Interruption): void {
    if (how.kind !== 'cancelled' && how.kind !== 'unreadable') return this.#work.next(() => this.#brokenOff(how));
    const { idle } = this.#work;
    this.#work.stop();
    if (idle) this.#brokenOff(how);
    else this.#interruptedBy(how);
  }

  #brokenOff(how: Interruption): void {
    if (this.#over) return;
    // A stream in place of JSON may be complete without its end mark.
    const complete = how.kind !== 'unreadable' && !isCancelledByRequest(how) && this.#grammar?.settled() === true;
    if (complete) this.#streamEnded();
    else this.#interruptedBy(how);
  }

  #interruptedBy(how: Interruption): void {
    if (how.kind !== 'cancelled') return this.#malformed(how.message);
    this.#fail(failureOfAbort(how.code), isCancelledByRequest(how) ? this.#used() : undefined);
  }

  *#judge(body: Buffer, streamUsage?: Usage): Steps<void> {
    const { codec, options, answerContext } = this.#context;
    const { call } = options;
    const verdict = yield* codec.judge(body, answerContext);
    if (verdict.kind === 'unusable') {
      if (verdict.error === undefined) this.#malformed(verdict.problem);
      else this.#failReported(verdict.error);
      return;
    }
    const { value, outputBytes, body: read = body } = verdict;
    const usage = verdict.usage ?? streamUsage ?? estimateUsage(call, outputBytes);
    let bytes = codec.mend(value, read, answerContext);
    let answer = bytes === read ? value : Object(yield* parseJsonSteps(bytes));
    if (codec.translate !== undefined) {
      bytes = yield* codec.translate(answer, usage, answerContext);
      answer = Object(yield* parseJsonSteps(bytes));
    }
    Object.defineProperty(answer, rawBody, { value: bytes });
    const invalid = yield* checkAnswer(this.#context, answer, this.#status);
    if (invalid !== undefined) return this.#fail(invalid, usage);
    this.#context.settle({ kind: 'answered', answer: { kind: 'json', value: answer, usage, bytes: bytes.length } });
  }

  #onEvent(event: SseEvent): void {
    if (this.#over) return;
    if (this.#work.busy) return this.#work.after(() => this.#onEvent(event));
    if (!isLarge(event)) return this.#inspect(event);
    this.#work.run(inspectLarge(event, (parsed) => this.#inspect(parsed)));
  }

  #inspect(event: SseEvent): void {
    if (this.#over) return;
    const { codec, answerContext, watchdogs } = this.#context;
    this.#grammar ??= codec.grammar(answerContext);
    // Every event is parsed: none is forwarded as it is.
    const seen = this.#grammar.inspect({ ...event, plain: undefined });
    if (seen.pieces !== undefined) {
      for (const piece of seen.pieces) this.#inspect(piece);
      return;
    }
    if (seen.unreadable === true) return this.#malformed('The provider sent an event that cannot be read.');
    this.#streamUsage = seen.usage ?? this.#streamUsage;
    if (seen.error !== undefined) return this.#failReported(seen.error);
    if (seen.done) return this.#streamEnded();
    if (seen.feeds) watchdogs.data();
    if (seen.show || seen.feeds) for (const { data } of seen.instead ?? [event]) this.#keep(data);
  }

  #keep(data: Buffer): void {
    this.#size += data.length;
    if (this.#size > MAX_ANSWER_BYTES) return this.#malformed('The answer is too large.');
    // A copy: the event lies in the memory of a whole read, unless it is larger than one.
    this.#events.push(data.length > LARGE_JSON_BYTES ? data : Buffer.from(data));
  }

  #streamEnded(): void {
    // Set first: whatever is thrown below, this was the end.
    this.#over = true;
    const last = this.#grammar?.complete() === true ? this.#grammar.finish() : undefined;
    const problem = this.#grammar?.problem() ?? 'A stream arrived in place of JSON, and it holds no complete answer.';
    if (last === undefined) this.#malformed(problem);
    else this.#work.run(this.#judgeEvents(last, problem));
  }

  /** Judges the answer that the events make, with those that the grammar adds to a complete stream. */
  *#judgeEvents(last: readonly SseEvent[], problem: string): Steps<void> {
    const { codec, answerContext } = this.#context;
    const steps = codec.fromEvents([...this.#events, ...last.map(({ data }) => data)], answerContext);
    const body = steps && (yield* steps);
    if (body === undefined) this.#malformed(problem);
    else yield* this.#judge(body, this.#streamUsage);
  }

  #failReported(error: ReportedError): void {
    const reading = readRefusal(this.#context, (options) => readReportedError(error, options));
    this.#fail(failureOfReport(reading, this.#context.redact));
  }

  #malformed(message: string): void {
    this.#fail({ kind: 'malformed', message, status: this.#status });
  }

  /** What the provider has generated by now, of which it reports nothing any more. */
  #used(): Usage {
    const { call } = this.#context.options;
    // An operation without streams generates no text, but for example vectors.
    const received = call.operation.stream === undefined ? 0 : this.#textBytes;
    const bytes = this.#grammar?.outputBytes() ?? received;
    return this.#streamUsage ?? estimateUsage(call, bytes);
  }

  #fail(failure: Failure, used?: Usage): void {
    this.#over = true;
    this.#context.settle({ kind: 'failed', failure, added: [], used });
  }
}
