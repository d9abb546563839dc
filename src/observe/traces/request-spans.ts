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
import type { Redact } from '../../lib/redact.ts';
import { AnswerFacts } from './answer-facts.ts';
import {
  attemptEndMs,
  attemptName,
  type BegunAttempt,
  begunAttempt,
  describeAttempt,
  describeTarget,
} from './attempt-span.ts';
import type { BuildQueue } from './build-queue.ts';
import { chainNameOf, describeChain } from './chain-span.ts';
import { describeRequest } from './server-span.ts';
import { remembered } from './shown-texts.ts';
import type { Span } from './span.ts';
import { formatTraceHeaders } from './trace-headers.ts';
import { upstreamHeaders } from './unrecorded-trace.ts';

/** What the spans of a request are made with. */
export interface RequestSpansOptions {
  readonly clock: Clock;
  readonly request: TracedRequest;
  /** The request's own span. */
  readonly root: Span;
  /** Builds its spans, once it has ended. */
  readonly queue: BuildQueue;
  /** Called with whatever an SDK throws. */
  readonly onThrown: (thrown: unknown) => void;
}

/** A chain whose time is known. */
interface StartedChain extends TracedChain {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** An attempt whose time is known. */
interface StartedAttempt {
  readonly facts: BegunAttempt;
  /** Milliseconds since the epoch; by the trail once the outcome is known. */
  startedAt: number;
  readonly answer: AnswerFacts;
  /** Made at the attempt's start only where its provider gets its id. */
  span: Span | undefined;
  step: TrailStep | undefined;
}

/**
 * The spans of one request that is recorded. While it runs, its facts are collected; spans are made from them some time after it has ended. Only the
 * request's own span exists from its start, and an attempt's whose provider gets headers: their ids are needed then.
 */
export class RequestSpans implements RequestTrace {
  readonly #options: RequestSpansOptions;
  readonly #redact: Redact;
  #chain: StartedChain | undefined;
  #chainSpan: Span | undefined;
  readonly #attempts: StartedAttempt[] = [];
  #isFinished = false;

  constructor(options: RequestSpansOptions) {
    this.#options = options;
    this.#redact = remembered(options.request.redact);
  }

  get traceId(): string {
    return this.#options.root.ids.traceId;
  }

  get headers(): TraceHeaders {
    return formatTraceHeaders(this.#options.root.ids);
  }

  routed(chain: TracedChain): void {
    this.#chain = { ...chain, startedAt: this.#options.clock.now() };
  }

  attempt(facts: TracedAttempt): AttemptTrace {
    const answer = new AnswerFacts();
    const startedAt = this.#options.clock.now();
    const started: StartedAttempt = { facts: begunAttempt(facts), startedAt, answer, span: undefined, step: undefined };
    this.#attempts.push(started);
    if (!facts.target.trace) return { headers: undefined, answer };
    try {
      return { headers: upstreamHeaders(this.#spanOf(started).ids), answer };
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
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#options.queue.add(() => {
      try {
        this.#build(event);
      } catch (thrown) {
        this.#options.onThrown(thrown);
      } finally {
        // A run is kept in memory long after its requests.
        this.#attempts.length = 0;
        this.#chainSpan = undefined;
      }
    });
  }

  /** Ends all spans, the inner ones first. */
  #build(event: RequestFinished): void {
    const { request, root } = this.#options;
    const { acceptedAt } = request;
    const endedAt = acceptedAt + event.totalMs;
    // A stream's usage is known at its end only, and is in the step of the trail that answered.
    const answered = event.trail.find(({ outcome }) => outcome === 'answered');
    for (const attempt of this.#attempts) {
      const step = attempt.step?.outcome === 'answered' ? answered : attempt.step;
      const span = this.#spanOf(attempt);
      describeAttempt(span, { step, answer: attempt.answer, event, redact: this.#redact });
      span.end(acceptedAt + attemptEndMs({ step, event }));
    }
    if (this.#chain !== undefined) {
      const span = this.#spanOfChain(this.#chain);
      describeChain(span, { chain: this.#chain, request, event });
      span.end(endedAt);
    }
    describeRequest(root, request, event);
    root.end(endedAt);
  }

  #spanOf(attempt: StartedAttempt): Span {
    const { facts, startedAt } = attempt;
    const parent = this.#chain === undefined ? this.#options.root : this.#spanOfChain(this.#chain);
    return (attempt.span ??= parent.child({
      name: attemptName(facts, this.#redact),
      kind: 'client',
      startedAt,
      describe: (to) => describeTarget(to, facts, this.#redact),
    }));
  }

  #spanOfChain({ name, startedAt }: StartedChain): Span {
    return (this.#chainSpan ??= this.#options.root.child({
      name: `chain ${chainNameOf(name, this.#options.request)}`,
      kind: 'internal',
      startedAt,
    }));
  }
}
