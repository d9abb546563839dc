import { MAX_TEXT_BYTES } from '../../domain/bound-trail.ts';
import type { AttemptFinished, RequestFinished } from '../../domain/events.ts';
import type { LiveEvent } from '../../domain/progress.ts';
import { attemptsOf, type TrailStep } from '../../domain/trail.ts';
import { dollarsOf, type Usage } from '../../domain/usage.ts';
import type {
  WatchedAttemptFinished,
  WatchedEvent,
  WatchedRequestFinished,
  WatchedStep,
  WatchedUsage,
} from '../../domain/watched-event.ts';
import { cutText } from '../../lib/cut-text.ts';

/** An event that has a chain: one of a request that has reached it. */
export type ChainEvent = LiveEvent & { readonly chain: string };

/** What every event about a request says of it. */
type OfRequest = Pick<WatchedAttemptFinished, 'request_id' | 'client_request_id' | 'chain' | 'tenant'>;

/** An event in the API's spelling. `messages`: whether its reader may see the providers' words. */
export function describeEvent(event: ChainEvent, messages: boolean): WatchedEvent {
  const request: OfRequest = {
    request_id: event.requestId,
    client_request_id: event.clientRequestId ?? null,
    chain: event.chain,
    tenant: event.tenant === '' ? null : event.tenant,
  };
  switch (event.kind) {
    case 'request_started':
      return { kind: event.kind, ...request, ...factsOf(event) };
    case 'request_queued':
      return { kind: event.kind, ...request, position: event.position, eta_ms: event.etaMs ?? null };
    case 'attempt_started': {
      const { kind, n, provider, model, key = null, hedge } = event;
      return { kind, ...request, n, provider, model, key, hedge };
    }
    case 'attempt_finished':
      return describeAttempt(event, request, messages);
    case 'committed': {
      const { kind, n, provider, model, afterMs } = event;
      return { kind, ...request, n, provider, model, after_ms: Math.round(afterMs) };
    }
    case 'request_finished':
      return describeEnd(event, request, messages);
  }
}

function describeAttempt({ kind, n, step }: AttemptFinished, request: OfRequest, messages: boolean): WatchedEvent {
  return { kind, ...request, n, ...describeStep(step, messages) };
}

function describeEnd(event: RequestFinished, request: OfRequest, messages: boolean): WatchedRequestFinished {
  const { kind, provider, model, status, code, trail, usage, cost, committedMs, totalMs } = event;
  return {
    kind,
    ...request,
    ...factsOf(event),
    provider: provider ?? null,
    model: model ?? null,
    status,
    code,
    attempts: attemptsOf(trail),
    trail: trail.map((step) => describeStep(step, messages)),
    usage: usage === undefined ? null : describeUsage(usage),
    cost_usd: cost.nano === null ? null : dollarsOf(cost.nano),
    committed_ms: rounded(committedMs),
    total_ms: Math.round(totalMs),
  };
}

type Facts = Pick<
  WatchedRequestFinished,
  'accepted_at' | 'door' | 'operation' | 'stream' | 'requested_model' | 'principal' | 'key_id'
>;

function factsOf({
  acceptedAt,
  door,
  operation,
  stream,
  requestedModel,
  principal,
  keyId,
}: Pick<
  RequestFinished,
  'acceptedAt' | 'door' | 'operation' | 'stream' | 'requestedModel' | 'principal' | 'keyId'
>): Facts {
  const requested = requestedModel ?? null;
  return {
    accepted_at: Math.round(acceptedAt),
    door,
    operation,
    stream,
    requested_model: requested,
    principal,
    key_id: keyId,
  };
}

function describeStep(step: TrailStep, messages: boolean): WatchedStep {
  const { provider, model, key = null, outcome, reason = null, status = null, usage, costNano, message } = step;
  const shown = messages && message !== undefined ? { message: cutText(message, MAX_TEXT_BYTES) } : undefined;
  return {
    provider,
    model,
    key,
    outcome,
    reason,
    hedge: step.hedge === true,
    status,
    ...shown,
    started_ms: rounded(step.startedMs),
    connected_ms: rounded(step.connectedMs),
    duration_ms: rounded(step.durationMs),
    usage: usage === undefined ? null : describeUsage(usage),
    cost_usd: costNano === undefined ? null : dollarsOf(costNano),
  };
}

function describeUsage({ input, output, source }: Usage): WatchedUsage {
  return { input_tokens: input ?? null, output_tokens: output ?? null, source };
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
