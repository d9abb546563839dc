import { attributesText, attributeText, type AttributeValue, stringText } from '../otlp/attribute-text.ts';
import type { EventAttributes, Kind, SpanIds } from './span.ts';

/** Kinds of spans in OTLP (https://github.com/open-telemetry/opentelemetry-proto, `Span.SpanKind`). */
const KINDS = Object.freeze({ internal: 1, server: 2, client: 3 } satisfies Record<Kind, number>);
/** Flags of a span (`SpanFlags` there): its trace is sampled, it is known whether its parent is in another process, and that it is. */
const SAMPLED = 0x1;
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
/** Most events of one span, as OpenTelemetry's SDKs have it. */
const MAX_EVENTS = 128;
/** `Status.StatusCode.STATUS_CODE_ERROR`. */
const STATUS_ERROR = 2;

/** What a span has from its beginning. */
export interface SpanHead {
  readonly ids: SpanIds;
  readonly parentSpanId: string | undefined;
  /** Whether its parent is a span of another process. */
  readonly isRemote: boolean;
  readonly kind: Kind;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Writes a span as OTLP has it in JSON: in pieces, as they become known. */
export class SpanText {
  #attributes = '';
  #events = '';
  #eventCount = 0;
  #isFailed = false;

  set(name: string, value: AttributeValue | undefined): void {
    if (value === undefined) return;
    const text = attributeText(name, value);
    this.#attributes = this.#attributes === '' ? text : `${this.#attributes},${text}`;
  }

  addEvent(name: string, at: number, attributes: EventAttributes): void {
    if (++this.#eventCount > MAX_EVENTS) return;
    const text = `{"timeUnixNano":"${nanosText(at)}","name":"${name}","attributes":${attributesText(attributes)}}`;
    this.#events = this.#events === '' ? text : `${this.#events},${text}`;
  }

  fail(): void {
    this.#isFailed = true;
  }

  /** The whole span, which has ended at `endedAt`, in milliseconds since the epoch. */
  toText({ ids, parentSpanId, isRemote, kind, startedAt }: SpanHead, name: string, endedAt: number): string {
    const { traceId, spanId, tracestate } = ids;
    const flags = SAMPLED | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0);
    const parent = parentSpanId === undefined ? '' : `"parentSpanId":"${parentSpanId}",`;
    const state = tracestate === undefined ? '' : `"traceState":${stringText(tracestate)},`;
    const dropped = this.#eventCount > MAX_EVENTS ? `"droppedEventsCount":${this.#eventCount - MAX_EVENTS},` : '';
    const status = this.#isFailed ? `{"code":${STATUS_ERROR}}` : '{}';
    return (
      `{"traceId":"${traceId}","spanId":"${spanId}",${parent}${state}"flags":${flags},"name":${stringText(name)},` +
      `"kind":${KINDS[kind]},"startTimeUnixNano":"${nanosText(startedAt)}","endTimeUnixNano":"${nanosText(endedAt)}",` +
      `"attributes":[${this.#attributes}],"events":[${this.#events}],${dropped}"status":${status}}`
    );
  }
}

/** A time in nanoseconds since the epoch; they are more than a number can hold exactly. */
function nanosText(ms: number): string {
  const whole = Math.floor(ms);
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, '0')}`;
}
