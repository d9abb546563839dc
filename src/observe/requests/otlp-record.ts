import { GEN_AI, GEN_AI_EVENT, genAiOperation } from '../gen-ai.ts';
import { dollarsOf } from '../../domain/usage.ts';
import { timeOfId } from '../../lib/time-ids.ts';
import { OK_CODE, type RequestRow } from '../../store/request-log/request-row.ts';
import { attributesText, stringText } from '../otlp/attribute-text.ts';

/** Severity numbers of OpenTelemetry's data model for logs. */
const INFO = 9;
const WARN = 13;
const ERROR = 17;

/** The body of an export of log records, as OTLP/HTTP has it in JSON. */
export function otlpBody(rows: readonly RequestRow[], version: string): string {
  const resource = attributesText({ 'service.name': 'spillway', 'service.version': version });
  const scope = `{"name":"spillway","version":${stringText(version)}}`;
  const records = rows.map(toRecord).join(',');
  return `{"resourceLogs":[{"resource":{"attributes":${resource}},"scopeLogs":[{"scope":${scope},"logRecords":[${records}]}]}]}`;
}

function toRecord(row: RequestRow): string {
  const time = `"${timeOfId(row.id)}000000"`;
  const severity = row.code === OK_CODE || row.code === 'client_closed' ? INFO : row.status >= 500 ? ERROR : WARN;
  const traceId = row.traceId === undefined ? '' : `"traceId":"${row.traceId}",`;
  return `{"timeUnixNano":${time},"observedTimeUnixNano":${time},"severityNumber":${severity},"eventName":"${GEN_AI_EVENT}",${traceId}"attributes":${attributesOf(row)}}`;
}

function attributesOf(row: RequestRow): string {
  const { tokens } = row;
  return attributesText({
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
