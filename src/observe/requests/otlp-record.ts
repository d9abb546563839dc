import { GEN_AI, GEN_AI_EVENT, genAiOperation } from '../gen-ai.ts';
import { dollarsOf } from '../../domain/usage.ts';
import { timeOfId } from '../../lib/time-ids.ts';
import { OK_CODE, type RequestRow } from '../../store/request-log/request-row.ts';

/** Severity numbers of OpenTelemetry's data model for logs. */
const INFO = 9;
const WARN = 13;
const ERROR = 17;

/** A value of an attribute in OTLP's JSON. 64-bit integers are texts there. */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };

interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

/** The body of an export of log records, as OTLP/HTTP has it in JSON. */
export function otlpBody(rows: readonly RequestRow[], version: string): string {
  const resource = attributes({ 'service.name': 'spillway', 'service.version': version });
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: resource },
        scopeLogs: [{ scope: { name: 'spillway', version }, logRecords: rows.map(toRecord) }],
      },
    ],
  });
}

function toRecord(row: RequestRow): object {
  const time = `${timeOfId(row.id)}000000`;
  const severityNumber = row.code === OK_CODE || row.code === 'client_closed' ? INFO : row.status >= 500 ? ERROR : WARN;
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber,
    eventName: GEN_AI_EVENT,
    ...(row.traceId === undefined ? {} : { traceId: row.traceId }),
    attributes: attributesOf(row),
  };
}

function attributesOf(row: RequestRow): readonly Attribute[] {
  const { tokens } = row;
  return attributes({
    // The last part of a procedure's name is what it does.
    [GEN_AI.operation]: genAiOperation(row.operation.replace(/\.[^.]*$/, '')),
    [GEN_AI.provider]: row.provider,
    [GEN_AI.requestModel]: row.requestedModel,
    [GEN_AI.responseModel]: row.model,
    [GEN_AI.inputTokens]: tokens?.input,
    [GEN_AI.outputTokens]: tokens?.output,
    [GEN_AI.cachedInputTokens]: tokens?.cachedInput,
    [GEN_AI.cacheWriteTokens]: tokens?.cacheWrite,
    [GEN_AI.reasoningTokens]: tokens?.reasoning,
    'http.response.status_code': row.status,
    'error.type': row.code === OK_CODE ? undefined : row.code,
    'client.address': row.remote,
    'spillway.request_id': row.requestId,
    'spillway.client_request_id': row.clientRequestId,
    'spillway.operation': row.operation,
    'spillway.key': row.keyId,
    'spillway.tenant': row.tenant === '' ? undefined : row.tenant,
    'spillway.user': row.user,
    'spillway.tags': row.tags.length === 0 ? undefined : row.tags,
    'spillway.chain': row.chain,
    'spillway.stream': row.stream,
    'spillway.attempts': row.attempts,
    'spillway.queued_ms': row.queuedMs,
    'spillway.committed_ms': row.committedMs,
    'spillway.overhead_ms': row.overheadMs,
    'spillway.total_ms': row.totalMs,
    'spillway.cost_usd': row.costNano === undefined ? undefined : dollarsOf(row.costNano),
  });
}

/** Counts that are whole are integers; times and money may be fractions. */
const FRACTIONS: ReadonlySet<string> = new Set([
  'spillway.queued_ms',
  'spillway.committed_ms',
  'spillway.overhead_ms',
  'spillway.total_ms',
  'spillway.cost_usd',
]);

function attributes(
  values: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value, FRACTIONS.has(key)) }],
  );
}

function valueOf(value: string | number | boolean | readonly string[], isFraction: boolean): AnyValue {
  if (typeof value === 'string') return { stringValue: value.toWellFormed() };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return isFraction ? { doubleValue: value } : { intValue: String(value) };
  return { arrayValue: { values: value.map((each) => valueOf(each, false)) } };
}
