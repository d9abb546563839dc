import {
  type Attributes,
  type Context,
  context,
  createTraceState,
  type HrTime,
  type Span as SdkSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { AttributeValue } from '../otlp/attribute-text.ts';
import type { BeginTrace } from './create-tracing.ts';
import { requestKind, requestName } from './server-span.ts';
import type { EventAttributes, Kind, Span, SpanIds, SpanStart } from './span.ts';
import { UnrecordedTrace } from './unrecorded-trace.ts';

const KINDS = Object.freeze({
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
} satisfies Record<Kind, SpanKind>);

/**
 * Makes spans with the tracer of an SDK that the process has registered, which decides what is recorded. A span that is active when a request
 * arrives is the parent; without one that of the client.
 */
export function makeSpans(tracer: Tracer): BeginTrace {
  return (request, parent) => {
    const active = context.active();
    const outer = trace.getSpanContext(active);
    const isNested = outer !== undefined && outer.isRemote !== true;
    const around =
      outer === undefined && parent !== undefined ? trace.setSpanContext(active, toSpanContext(parent)) : active;
    const start = {
      name: requestName(request),
      kind: requestKind(request, isNested),
      startedAt: request.acceptedAt,
    };
    const root = new SdkBackedSpan(tracer, around, start);
    if (root.isRecorded) return root;
    return new UnrecordedTrace((outer ?? parent) && root.ids.traceId, () => root.ids);
  };
}

/** A span of the SDK. */
class SdkBackedSpan implements Span {
  readonly #tracer: Tracer;
  readonly #around: Context;
  readonly #span: SdkSpan;

  constructor(tracer: Tracer, around: Context, { name, kind, startedAt, describe }: SpanStart) {
    this.#tracer = tracer;
    this.#around = around;
    const attributes: Attributes = {};
    describe?.({ set: (key, value) => void (value === undefined || (attributes[key] = toAttribute(value))) });
    this.#span = tracer.startSpan(name, { kind: KINDS[kind], startTime: toTime(startedAt), attributes }, around);
  }

  get isRecorded(): boolean {
    return this.#span.isRecording();
  }

  get ids(): SpanIds {
    const { traceId, spanId, traceFlags, traceState } = this.#span.spanContext();
    const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    return { traceId, spanId, isSampled, tracestate: traceState?.serialize() || undefined };
  }

  child(start: SpanStart): Span {
    return new SdkBackedSpan(this.#tracer, trace.setSpan(this.#around, this.#span), start);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(name: string, value: AttributeValue | undefined): void {
    if (value !== undefined) this.#span.setAttribute(name, toAttribute(value));
  }

  addEvent(name: string, at: number, attributes: EventAttributes): void {
    const known: Attributes = {};
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) known[key] = toAttribute(value);
    this.#span.addEvent(name, known, toTime(at));
  }

  fail(): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(at: number): void {
    this.#span.end(toTime(at));
  }
}

function toSpanContext({ traceId, spanId, isSampled, tracestate }: SpanIds): SpanContext {
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const known = { traceId, spanId, traceFlags, isRemote: true };
  return tracestate === undefined ? known : { ...known, traceState: createTraceState(tracestate) };
}

/** The SDK's type of lists is of ones that may be written. */
function toAttribute(value: AttributeValue): string | number | boolean | string[] {
  return typeof value === 'object' ? [...value] : value;
}

/** A time as an SDK takes it: as seconds and nanoseconds. It would take a small number for one since the process's start. */
function toTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
