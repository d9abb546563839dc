import type { RequestRecord, RequestStep, RequestUsage } from '../../domain/request-list.ts';
import { dollarsOf } from '../../domain/usage.ts';
import { idText, timeOfId } from '../../lib/time-ids.ts';
import type { LoggedStep, RequestRow } from '../../store/request-log/request-row.ts';

/** A row in the API's spelling. `messages`: whether its reader may see the providers' words. */
export function describeRow(row: RequestRow, messages: boolean): RequestRecord {
  const { costNano } = row;
  return {
    object: 'request',
    id: idText(row.id),
    request_id: row.requestId,
    client_request_id: row.clientRequestId ?? null,
    accepted_at: Math.round(row.acceptedAt),
    ended_at: timeOfId(row.id),
    key: row.keyId,
    tenant: row.tenant === '' ? null : row.tenant,
    user: row.user ?? null,
    tags: row.tags,
    door: row.door,
    operation: row.operation,
    stream: row.stream,
    requested_model: row.requestedModel ?? null,
    chain: row.chain ?? null,
    provider: row.provider ?? null,
    model: row.model ?? null,
    status: row.status,
    code: row.code,
    attempts: row.attempts,
    queued_ms: row.queuedMs,
    committed_ms: row.committedMs ?? null,
    overhead_ms: row.overheadMs ?? null,
    total_ms: row.totalMs,
    usage: describeUsage(row),
    cost_usd: costNano === undefined ? null : dollarsOf(costNano),
    cost_source: row.costSource,
    cost_approximate: row.approximate,
    input_bytes: row.inputBytes ?? null,
    output_bytes: row.outputBytes ?? null,
    remote: row.remote ?? null,
    trace_id: row.traceId ?? null,
    trail: row.trail.map((step) => describeStep(step, messages)),
    trail_omitted: row.omittedSteps,
  };
}

function describeUsage({ tokens, usageSource: source }: RequestRow): RequestUsage | null {
  if (tokens === undefined) return null;
  return {
    input_tokens: tokens.input ?? null,
    cached_input_tokens: tokens.cachedInput ?? null,
    cache_write_tokens: tokens.cacheWrite ?? null,
    audio_input_tokens: tokens.audioInput ?? null,
    output_tokens: tokens.output ?? null,
    reasoning_tokens: tokens.reasoning ?? null,
    audio_output_tokens: tokens.audioOutput ?? null,
    source,
  };
}

function describeStep(step: LoggedStep, messages: boolean): RequestStep {
  const { provider, model, outcome, message } = step;
  return {
    provider,
    model,
    key: step.key ?? null,
    outcome,
    reason: step.reason ?? null,
    hedge: step.hedge === true,
    status: step.status ?? null,
    ...(messages && message !== undefined ? { message } : {}),
    started_ms: step.started_ms ?? null,
    connected_ms: step.connected_ms ?? null,
    first_token_ms: step.first_token_ms ?? null,
    duration_ms: step.duration_ms ?? null,
    input_tokens: step.input_tokens ?? null,
    output_tokens: step.output_tokens ?? null,
    cost_usd: step.cost_nano === undefined ? null : dollarsOf(step.cost_nano),
  };
}
