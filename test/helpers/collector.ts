import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { listenOnLoopback } from './listen.ts';

/** A span as a collector got it. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: keyof typeof SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly status: keyof typeof SpanStatusCode;
  readonly statusMessage: string | undefined;
  /** The attributes of its resource. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** An OpenTelemetry collector on loopback, which takes OTLP as JSON over HTTP. */
export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** What it got, as text. */
  readonly bodies: string[];
  readonly headers: IncomingHttpHeaders[];
  /** Resolves when it has so many spans. */
  readonly until: (spans: number) => Promise<void>;
}

/** Starts one. `statusOf` is asked for the status of each answer; 200 unless given. */
export async function startCollector(statusOf: () => number = () => 200): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const status = statusOf();
    if (status === 200) {
      const body = Buffer.concat(pieces).toString();
      bodies.push(body);
      headers.push(request.headers);
      spans.push(...readSpans(body));
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    for (const notify of waiting) notify();
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    bodies,
    headers,
    until(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = (): void => void (spans.length >= count && resolve());
      waiting.push(check);
      check();
      return promise;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Pair {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Pair[];
  readonly events: readonly { readonly name: string; readonly attributes: readonly Pair[] }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

function readSpans(body: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body) as OtlpTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => readSpan(span, attributesOf(resource.attributes)))),
  );
}

/** A span in OTLP's JSON as a collector reads it. */
export function readSpan(span: OtlpSpan, resource: ReceivedSpan['resource']): ReceivedSpan {
  const { name, traceId, spanId, parentSpanId, status } = span;
  return {
    name,
    // OTLP counts kinds from 1.
    kind: SpanKind[span.kind - 1] as keyof typeof SpanKind,
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    startedAt: Number(span.startTimeUnixNano) / 1e6,
    endedAt: Number(span.endTimeUnixNano) / 1e6,
    attributes: attributesOf(span.attributes),
    events: span.events.map((event) => ({ name: event.name, attributes: attributesOf(event.attributes) })),
    status: SpanStatusCode[status.code ?? 0] as keyof typeof SpanStatusCode,
    statusMessage: status.message,
    resource,
  };
}

function attributesOf(pairs: readonly Pair[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: Pair['value']): unknown {
  const { arrayValue } = value as { readonly arrayValue?: { readonly values: readonly Pair['value'][] } };
  if (arrayValue !== undefined) return arrayValue.values.map(valueOf);
  const [[kind, plain] = []] = Object.entries(value);
  return kind === 'intValue' ? Number(plain) : plain;
}
