import type { AttemptTrace, RequestTrace, TracedAttempt, TraceHeaders } from '../../domain/tracing.ts';
import type { SpanIds } from './span.ts';
import { formatTraceHeaders, parseTraceHeaders } from './trace-headers.ts';

/** The trace of a request that is not recorded: it has ids, so that whatever belongs to the request is not recorded either. */
export class UnrecordedTrace implements RequestTrace {
  readonly traceId: string | undefined;
  readonly #ids: () => SpanIds;

  /** `traceId`: that of a trace that has begun elsewhere. `ids`: those of the request's own span; called each time that they are sent. */
  constructor(traceId: string | undefined, ids: () => SpanIds) {
    this.traceId = traceId;
    this.#ids = ids;
  }

  get headers(): TraceHeaders {
    return formatTraceHeaders(this.#ids());
  }

  attempt({ target }: TracedAttempt): AttemptTrace | undefined {
    if (!target.trace || !isValid(this.headers)) return undefined;
    return { headers: upstreamHeaders(this.#ids()), answer: undefined };
  }

  routed(): void {}
  attempted(): void {}
  finished(): void {}
}

/** Whether headers name a span: an SDK that is switched off gives ids of zeros. */
function isValid(headers: TraceHeaders): boolean {
  return parseTraceHeaders(headers) !== undefined;
}

/** The headers that a provider gets: `traceparent`, and `tracestate` where there is one. */
export function upstreamHeaders(ids: SpanIds): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = formatTraceHeaders(ids);
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}
