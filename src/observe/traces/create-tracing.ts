import { type Context, context, ROOT_CONTEXT, trace, type Tracer } from '@opentelemetry/api';
import { ANONYMOUS, LOCAL } from '../../domain/principal.ts';
import type { TracedRequest, TraceHeaders, Tracing } from '../../domain/tracing.ts';
import type { Clock } from '../../lib/clock.ts';
import { RequestSpans } from './request-spans.ts';
import { requestKind, requestName } from './server-span.ts';
import { spanTime } from './span-time.ts';
import { parseTraceHeaders } from './trace-headers.ts';

/** What requests are traced with. */
export interface TracingOptions {
  readonly tracer: Tracer;
  readonly clock: Clock;
  /** Whether the trace of a client is continued; of clients that are known by a key unless given. */
  readonly trustIncoming: boolean | undefined;
  /** Whether the spans belong to the active span of the process, because its own SDK makes them. */
  readonly joinsProcess: boolean;
  /** Called with whatever the SDK throws. */
  readonly onThrown: (thrown: unknown) => void;
}

/** Operations that load balancers and Prometheus call every few seconds. */
const UNTRACED = /^(?:health\.|metrics$)/;

/** Makes the tracing of a gateway. Health checks and scrapes of metrics are not traced. */
export function createTracing(options: TracingOptions): Tracing {
  return {
    begin(request) {
      if (UNTRACED.test(request.report.operation)) return undefined;
      try {
        return beginSpans(request, options);
      } catch (thrown) {
        options.onThrown(thrown);
        return undefined;
      }
    },
  };
}

function beginSpans(request: TracedRequest, options: TracingOptions): RequestSpans {
  const { tracer, trustIncoming, joinsProcess } = options;
  const active = joinsProcess ? context.active() : ROOT_CONTEXT;
  const outer = trace.getSpanContext(active);
  const parent = outer === undefined ? withParent(active, request, trustIncoming) : active;
  const kind = requestKind(request, outer !== undefined && outer.isRemote !== true);
  const server = tracer.startSpan(requestName(request), { kind, startTime: spanTime(request.acceptedAt) }, parent);
  return new RequestSpans({ ...options, request, server, context: parent });
}

/** The context in which a request's own span begins: below the span that its client names, where that is trusted. */
function withParent(active: Context, { report }: TracedRequest, trustIncoming: boolean | undefined): Context {
  const { traceHeaders, principal } = report;
  if (traceHeaders === undefined) return active;
  const parent = isTrusted(traceHeaders, trustIncoming ?? (principal !== LOCAL && principal !== ANONYMOUS))
    ? parseTraceHeaders(traceHeaders)
    : undefined;
  return parent === undefined ? active : trace.setSpanContext(active, parent);
}

function isTrusted({ own }: TraceHeaders, byClient: boolean): boolean {
  return own === true || byClient;
}
