import { ANONYMOUS, LOCAL } from '../../domain/principal.ts';
import type { RequestTrace, TracedRequest, Tracing } from '../../domain/tracing.ts';
import type { Clock } from '../../lib/clock.ts';
import type { BuildQueue } from './build-queue.ts';
import { RequestSpans } from './request-spans.ts';
import type { Span, SpanIds } from './span.ts';
import { parseTraceHeaders } from './trace-headers.ts';
import { UnrecordedTrace } from './unrecorded-trace.ts';

/**
 * Begins the own span of a request, below the span `parent` that its client names, where that is trusted. Decides whether the request is recorded.
 * May throw what an SDK throws.
 */
export type BeginTrace = (request: TracedRequest, parent: SpanIds | undefined) => Span | UnrecordedTrace;

/** What requests are traced with. */
export interface TracingOptions {
  readonly begin: BeginTrace;
  readonly queue: BuildQueue;
  readonly clock: Clock;
  /** Whether the trace of a client is continued; of clients that are known by a key unless given. */
  readonly trustIncoming: boolean | undefined;
  /** Called with whatever an SDK throws. */
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
        return beginTrace(request, options);
      } catch (thrown) {
        options.onThrown(thrown);
        return undefined;
      }
    },
  };
}

function beginTrace(request: TracedRequest, options: TracingOptions): RequestTrace {
  const { begin, queue, clock, trustIncoming, onThrown } = options;
  const root = begin(request, namedSpan(request, trustIncoming));
  return root instanceof UnrecordedTrace ? root : new RequestSpans({ clock, request, root, queue, onThrown });
}

/** The span that the client of a request names; undefined where it names none, and where it is not trusted. */
function namedSpan({ report }: TracedRequest, trustIncoming: boolean | undefined): SpanIds | undefined {
  const { traceHeaders, principal } = report;
  if (traceHeaders === undefined) return undefined;
  const isTrusted = traceHeaders.own === true || (trustIncoming ?? (principal !== LOCAL && principal !== ANONYMOUS));
  return isTrusted ? parseTraceHeaders(traceHeaders) : undefined;
}
