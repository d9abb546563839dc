import type { TraceHeaders } from '../../domain/tracing.ts';
import type { SpanIds } from './span.ts';

/**
 * A `traceparent`: version, trace, span and flags (https://www.w3.org/TR/trace-context/#traceparent-header). Later versions than 00 may have
 * more behind them.
 */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
/** The flag of a trace that is recorded. */
const SAMPLED = 1;

/** One vendor's member of a `tracestate` (https://www.w3.org/TR/trace-context/#tracestate-header). */
const STATE_MEMBER =
  /^([a-z][\da-z_*/-]{0,255}|[\da-z][\da-z_*/-]{0,240}@[a-z][\da-z_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const MAX_STATE_CHARS = 512;
const MAX_STATE_MEMBERS = 32;

/** The span that headers name; undefined where they are not well formed. */
export function parseTraceHeaders({ traceparent, tracestate }: TraceHeaders): SpanIds | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  return { traceId, spanId, isSampled, tracestate: tracestate && parseTraceState(tracestate) };
}

/** The headers that name a span. */
export function formatTraceHeaders({ traceId, spanId, isSampled, tracestate }: SpanIds): TraceHeaders {
  return { traceparent: `00-${traceId}-${spanId}-0${isSampled ? SAMPLED : 0}`, tracestate };
}

/** The members of a `tracestate` that are well formed, each vendor's first; undefined where there are none. */
function parseTraceState(text: string): string | undefined {
  if (text.length > MAX_STATE_CHARS) return undefined;
  const members = new Map<string, string>();
  for (const part of text.split(',')) {
    const member = part.trim();
    const [, key] = STATE_MEMBER.exec(member) ?? [];
    if (key !== undefined && !members.has(key)) members.set(key, member);
  }
  return [...members.values()].slice(0, MAX_STATE_MEMBERS).join(',') || undefined;
}
