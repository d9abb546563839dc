import type { AttributeValue } from '../otlp/attribute-text.ts';

/** The kinds of the gateway's spans, as OpenTelemetry names them. */
export type Kind = 'internal' | 'server' | 'client';

/** Attributes of an event by their names. One that is undefined is left out. */
export type EventAttributes = Readonly<Record<string, AttributeValue | undefined>>;

/** What attributes are set on. */
export interface AttributeSink {
  /** Sets an attribute that is not set yet; nothing where the value is undefined. */
  set(name: string, value: AttributeValue | undefined): void;
}

/** What identifies a span: what W3C Trace Context sends to others. */
export interface SpanIds {
  /** 32 hexadecimal digits in lower case, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case, not all zero. */
  readonly spanId: string;
  /** Whether its trace is recorded. */
  readonly isSampled: boolean;
  /** The trace's `tracestate`, well formed; undefined without one. */
  readonly tracestate: string | undefined;
}

/** What a span begins with. */
export interface SpanStart {
  readonly name: string;
  readonly kind: Kind;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Sets what is known of it then, which a sampler may read. */
  readonly describe?: ((to: AttributeSink) => void) | undefined;
}

/** A span of a request that is recorded. */
export interface Span extends AttributeSink {
  readonly ids: SpanIds;
  /** Begins a span below it. */
  child(start: SpanStart): Span;
  rename(name: string): void;
  /** Adds something that happened at `at`, in milliseconds since the epoch. */
  addEvent(name: string, at: number, attributes: EventAttributes): void;
  /** Sets its status to an error, without a message: that would be a provider's, which may repeat a prompt. */
  fail(): void;
  /** Ends it at `at`, in milliseconds since the epoch. Called once, last of all, for inner spans first. */
  end(at: number): void;
}
