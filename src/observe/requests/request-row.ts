import type { RequestFinished } from '../../domain/events.ts';
import { attemptsOf, type TrailStep } from '../../domain/trail.ts';
import { boundedCount, type Usage } from '../../domain/usage.ts';
import type { LoggedStep, RequestRow, TokenCounts } from '../../store/request-log/request-row.ts';

/** The longest text of a client, in characters. */
const LONGEST_TEXT = 256;
/** Most tags of a row, and the most characters of one. */
const MOST_TAGS = 8;
const LONGEST_TAG = 64;
/** Bytes that a row takes while it waits, beside its texts; measured with one attempt. */
const ROW_BYTES = 400;
const STEP_BYTES = 150;

/** How a row is made. */
export interface RowOptions {
  readonly id: bigint;
  /** Whether the row has the providers' words. */
  readonly messages: boolean;
}

/** Makes the row of a request that has ended. Its members are written out because a spread of the event would be slow. */
export function toRow(event: RequestFinished, { id, messages }: RowOptions): RequestRow {
  const { trail, usage, cost } = event;
  return {
    id,
    requestId: event.requestId,
    clientRequestId: event.clientRequestId,
    acceptedAt: event.acceptedAt,
    keyId: event.keyId,
    tenant: event.tenant,
    user: cut(event.user),
    tags: boundedTags(event.tags),
    door: event.door,
    operation: event.operation,
    stream: event.stream,
    requestedModel: cut(event.requestedModel),
    chain: event.chain,
    provider: event.provider,
    model: event.model,
    status: event.status,
    code: event.code,
    attempts: attemptsOf(trail),
    queuedMs: tenths(event.queuedMs) ?? 0,
    committedMs: tenths(event.committedMs),
    overheadMs: tenths(event.overheadMs),
    totalMs: tenths(event.totalMs) ?? 0,
    tokens: usage && tokensOf(usage),
    usageSource: event.usageSource,
    costNano: cost.nano ?? undefined,
    costSource: cost.source,
    approximate: cost.approximate,
    inputBytes: event.inputBytes,
    outputBytes: event.outputBytes,
    remote: event.remoteAddress,
    traceId: event.traceId,
    trail: trail.map((step) => toStep(step, messages)),
    omittedSteps: 0,
  };
}

/** About how many bytes a row takes while it waits. */
export function bytesOf({ user, requestedModel, clientRequestId, tags, trail }: RequestRow): number {
  let bytes = ROW_BYTES + trail.length * STEP_BYTES;
  bytes += (user?.length ?? 0) + (requestedModel?.length ?? 0) + (clientRequestId?.length ?? 0);
  for (const tag of tags) bytes += tag.length;
  for (const { message } of trail) bytes += message?.length ?? 0;
  return bytes;
}

function toStep(step: TrailStep, messages: boolean): LoggedStep {
  return {
    provider: step.provider,
    model: step.model,
    key: step.key,
    outcome: step.outcome,
    reason: step.reason,
    hedge: step.hedge,
    status: step.status,
    message: messages ? step.message : undefined,
    started_ms: tenths(step.startedMs),
    connected_ms: tenths(step.connectedMs),
    first_token_ms: tenths(step.firstTokenMs),
    duration_ms: tenths(step.durationMs),
    input_tokens: countOf(step.usage?.input),
    output_tokens: countOf(step.usage?.output),
    cost_nano: step.costNano,
  };
}

function tokensOf(usage: Usage): TokenCounts {
  return {
    input: countOf(usage.input),
    cachedInput: countOf(usage.cachedInput),
    cacheWrite: countOf(usage.cacheWrite),
    audioInput: countOf(usage.audioInput),
    output: countOf(usage.output),
    reasoning: countOf(usage.reasoning),
    audioOutput: countOf(usage.audioOutput),
  };
}

function countOf(tokens: number | undefined): number | undefined {
  return tokens === undefined ? undefined : boundedCount(tokens);
}

function boundedTags(tags: readonly string[]): readonly string[] {
  return tags.length === 0 ? tags : tags.slice(0, MOST_TAGS).map((tag) => tag.slice(0, LONGEST_TAG));
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= LONGEST_TEXT ? text : text.slice(0, LONGEST_TEXT);
}

function tenths(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
