import type { TracedRequest } from '../../domain/tracing.ts';
import { createRandomHex } from '../../lib/ids.ts';
import type { AttributeValue } from '../otlp/attribute-text.ts';
import type { BeginTrace } from './create-tracing.ts';
import { requestKind, requestName } from './server-span.ts';
import type { EventAttributes, Span, SpanIds, SpanStart } from './span.ts';
import { type SpanHead, SpanText } from './span-text.ts';
import { UnrecordedTrace } from './unrecorded-trace.ts';

/** The spans of one request, in OTLP's JSON with commas between them. */
export interface TraceText {
  readonly text: string;
  readonly spans: number;
}

/** What spans are written with. */
export interface WrittenSpansOptions {
  /** Share of the traces that begin here which are recorded, from 0 to 1. */
  readonly sample: number;
  /** Gets the spans of each request that is recorded, once it has ended. */
  readonly add: (trace: TraceText) => void;
}

const newTraceId = createRandomHex(32);
const newSpanId = createRandomHex(16);

/** Hexadecimal digits of a trace's id that decide, which are 52 bits: as many as a number holds exactly. */
const DECIDING_FROM = 18;
const DECIDING_TO = 31;

/**
 * Writes spans as OTLP without an SDK. A trace that a client has begun is recorded where the client's is. Of those that begin here a share is: the
 * one whose ids are at or above a threshold, so that a larger share has all traces of a smaller one
 * (https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/: the most significant of the last 56 bits of the id).
 */
export function writeSpans({ sample, add }: WrittenSpansOptions): BeginTrace {
  const threshold = (1 - sample) * 2 ** 52;
  const isInSample = (traceId: string): boolean =>
    Number.parseInt(traceId.slice(DECIDING_FROM, DECIDING_TO), 16) >= threshold;
  return (request, parent) => {
    const traceId = parent?.traceId ?? newTraceId();
    const isRecorded = parent?.isSampled ?? isInSample(traceId);
    return isRecorded ? new WrittenRoot({ request, traceId, parent, add }) : unrecorded(traceId, parent);
  };
}

/** The span of a request that is not recorded has an id only where that is sent to others. */
function unrecorded(traceId: string, parent: SpanIds | undefined): UnrecordedTrace {
  let ids: SpanIds | undefined;
  return new UnrecordedTrace(
    parent?.traceId,
    () => (ids ??= { traceId, spanId: newSpanId(), isSampled: false, tracestate: parent?.tracestate }),
  );
}

/** A span that is written once it ends. */
class WrittenSpan implements Span {
  readonly #head: SpanHead;
  #name: string;
  readonly #text = new SpanText();
  readonly #ended: (span: string) => void;

  /** `ended` gets the text of each span that ends. */
  constructor(head: SpanHead, name: string, ended: (span: string) => void) {
    this.#head = head;
    this.#name = name;
    this.#ended = ended;
  }

  get ids(): SpanIds {
    return this.#head.ids;
  }

  child({ name, kind, startedAt, describe }: SpanStart): Span {
    const { traceId, spanId: parentSpanId, isSampled, tracestate } = this.ids;
    const ids = { traceId, spanId: newSpanId(), isSampled, tracestate };
    const span = new WrittenSpan({ ids, parentSpanId, isRemote: false, kind, startedAt }, name, this.#ended);
    describe?.(span);
    return span;
  }

  rename(name: string): void {
    this.#name = name;
  }

  set(name: string, value: AttributeValue | undefined): void {
    this.#text.set(name, value);
  }

  addEvent(name: string, at: number, attributes: EventAttributes): void {
    this.#text.addEvent(name, at, attributes);
  }

  fail(): void {
    this.#text.fail();
  }

  end(at: number): void {
    this.#ended(this.#text.toText(this.#head, this.#name, at));
  }
}

/** What a request's own span begins with. */
interface RootOptions {
  readonly request: TracedRequest;
  readonly traceId: string;
  readonly parent: SpanIds | undefined;
  readonly add: WrittenSpansOptions['add'];
}

/** The own span of a request. It collects the spans below it, and ends last. */
class WrittenRoot extends WrittenSpan {
  readonly #traced: { text: string; spans: number };
  readonly #add: WrittenSpansOptions['add'];

  constructor({ request, traceId, parent, add }: RootOptions) {
    const traced = { text: '', spans: 0 };
    const ids = { traceId, spanId: newSpanId(), isSampled: true, tracestate: parent?.tracestate };
    const head = {
      ids,
      parentSpanId: parent?.spanId,
      isRemote: parent !== undefined,
      kind: requestKind(request, false),
      startedAt: request.acceptedAt,
    };
    super(head, requestName(request), (span) => {
      traced.text = traced.text === '' ? span : `${traced.text},${span}`;
      traced.spans++;
    });
    this.#traced = traced;
    this.#add = add;
  }

  override end(at: number): void {
    super.end(at);
    this.#add(this.#traced);
  }
}
