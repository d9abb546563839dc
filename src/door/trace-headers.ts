import type { TraceHeaders } from '../domain/tracing.ts';
import type { DoorHeaders } from './request.ts';

/** The trace that a client's headers name; undefined without one. Several `traceparent` name none: Node joins them to one that is malformed. */
export function traceHeadersOf({ traceparent, tracestate }: DoorHeaders): TraceHeaders | undefined {
  if (typeof traceparent !== 'string') return undefined;
  return { traceparent, tracestate: tracestate === undefined ? undefined : String(tracestate) };
}
