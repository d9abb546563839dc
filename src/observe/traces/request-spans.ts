import { type Context, isSpanContextValid, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import type { RequestFinished } from '../../domain/events.ts';
import type {
  AttemptTrace,
  RequestTrace,
  TracedAttempt,
  TracedChain,
  TracedRequest,
  TraceHeaders,
} from '../../domain/tracing.ts';
import type { TrailStep } from '../../domain/trail.ts';
import type { Clock } from '../../lib/clock.ts';
import { AnswerFacts } from './answer-facts.ts';
import { attemptEndMs, attemptName, describeAttempt, requestAttributes } from './attempt-span.ts';
import { describeChain } from './chain-span.ts';
import { describeRequest } from './server-span.ts';
import { spanTime } from './span-time.ts';
import { formatTraceHeaders } from './trace-headers.ts';

/** What the spans of a request are made with. */
export interface RequestSpansOptions {
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly request: TracedRequest;
  /** The request's own span. It gives the trace its id, and decides whether anything is recorded. */
  readonly server: Span;
  /** Where the request's own span belongs. */
  readonly context: Context;
  /** Called with whatever the SDK throws. */
  readonly onThrown: (thrown: unknown) => void;
}

/** A chain whose time is known. */
interface StartedChain extends TracedChain {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** An attempt whose time is known. */
interface StartedAttempt {
  readonly facts: TracedAttempt;
  /** Milliseconds since the epoch; by the trail once the outcome is known. */
  startedAt: number;
  readonly answer: AnswerFacts;
  /** Made at the attempt's start only where its provider gets its id. */
  span: Span | undefined;
  step: TrailStep | undefined;
}

/**
 * The spans of one request. While it runs, its facts are collected; spans are made from them once it has ended and this turn of the event loop is over.
 * Only the request's own span exists from its start, and an attempt's whose provider gets headers: their ids are needed then.
 */
export class RequestSpans implements RequestTrace {
  readonly #options: RequestSpansOptions;
  readonly #isRecorded: boolean;
  #chain: StartedChain | undefined;
  #chainSpan: Span | undefined;
  readonly #attempts: StartedAttempt[] = [];
  #isFinished = false;

  constructor(options: RequestSpansOptions) {
    this.#options = options;
    this.#isRecorded = options.server.isRecording();
  }

  get traceId(): string | undefined {
    const { server, context } = this.#options;
    const belongs = this.#isRecorded || trace.getSpanContext(context) !== undefined;
    return belongs ? server.spanContext().traceId : undefined;
  }

  get headers(): TraceHeaders {
    return formatTraceHeaders(this.#options.server.spanContext());
  }

  routed(chain: TracedChain): void {
    if (this.#isRecorded) this.#chain = { ...chain, startedAt: this.#options.clock.now() };
  }

  attempt(facts: TracedAttempt): AttemptTrace | undefined {
    const isSent = facts.target.trace && isSpanContextValid(this.#options.server.spanContext());
    if (!this.#isRecorded) return isSent ? { headers: upstreamHeaders(this.headers), answer: undefined } : undefined;
    const answer = new AnswerFacts();
    const started: StartedAttempt = {
      facts,
      startedAt: this.#options.clock.now(),
      answer,
      span: undefined,
      step: undefined,
    };
    this.#attempts.push(started);
    if (!isSent) return { headers: undefined, answer };
    try {
      return { headers: upstreamHeaders(formatTraceHeaders(this.#spanOf(started).spanContext())), answer };
    } catch (thrown) {
      this.#options.onThrown(thrown);
      return { headers: undefined, answer };
    }
  }

  attempted(n: number, step: TrailStep): void {
    const attempt = this.#attempts.find(({ facts }) => facts.n === n);
    if (attempt === undefined) return;
    attempt.step = step;
    if (step.startedMs !== undefined) attempt.startedAt = this.#options.request.acceptedAt + step.startedMs;
  }

  finished(event: RequestFinished): void {
    if (!this.#isRecorded || this.#isFinished) return;
    this.#isFinished = true;
    setImmediate(() => {
      try {
        this.#build(event);
      } catch (thrown) {
        this.#options.onThrown(thrown);
      } finally {
        // A run is kept after its end, and would keep the bodies of its calls.
        this.#attempts.length = 0;
      }
    });
  }

  /** Ends all spans, the inner ones first. */
  #build(event: RequestFinished): void {
    const { request, server } = this.#options;
    const { acceptedAt } = request;
    const endedAt = acceptedAt + event.totalMs;
    // A stream's usage is known at its end only, and is in the step of the trail that answered.
    const answered = event.trail.find(({ outcome }) => outcome === 'answered');
    for (const attempt of this.#attempts) {
      const step = attempt.step?.outcome === 'answered' ? answered : attempt.step;
      const span = this.#spanOf(attempt);
      describeAttempt(span, { step, answer: attempt.answer, event });
      span.end(spanTime(acceptedAt + attemptEndMs({ step, event })));
    }
    if (this.#chain !== undefined) {
      const span = this.#spanOfChain(this.#chain);
      describeChain(span, { chain: this.#chain, request, event });
      span.end(spanTime(endedAt));
    }
    describeRequest(server, request, event);
    server.end(spanTime(endedAt));
  }

  #spanOf(attempt: StartedAttempt): Span {
    const { facts, startedAt } = attempt;
    const parent = this.#chain === undefined ? this.#options.server : this.#spanOfChain(this.#chain);
    attempt.span ??= this.#start(attemptName(facts), { kind: SpanKind.CLIENT, startedAt, parent, facts });
    return attempt.span;
  }

  #spanOfChain({ name, startedAt }: StartedChain): Span {
    const parent = this.#options.server;
    this.#chainSpan ??= this.#start(`chain ${name}`, { kind: SpanKind.INTERNAL, startedAt, parent });
    return this.#chainSpan;
  }

  #start(name: string, { kind, startedAt, parent, facts }: StartOptions): Span {
    const { tracer, context } = this.#options;
    const attributes = facts === undefined ? {} : requestAttributes(facts);
    return tracer.startSpan(name, { kind, startTime: spanTime(startedAt), attributes }, trace.setSpan(context, parent));
  }
}

interface StartOptions {
  readonly kind: SpanKind;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly parent: Span;
  readonly facts?: TracedAttempt | undefined;
}

function upstreamHeaders({ traceparent, tracestate }: TraceHeaders): Readonly<Record<string, string>> {
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}
