import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { RequestFinished } from '../../domain/events.ts';
import type { TracedAttempt } from '../../domain/tracing.ts';
import type { TrailStep } from '../../domain/trail.ts';
import { dollarsOf, type Usage } from '../../domain/usage.ts';
import { GEN_AI, genAiOperation, genAiProvider } from '../gen-ai.ts';
import type { AnswerFacts } from './answer-facts.ts';

/** The fields in which clients limit the tokens of an answer, in each of their APIs. */
const MAX_TOKENS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/** The name of an attempt's span: `chat llama-3.3-70b-versatile`. */
export function attemptName({ call, target }: TracedAttempt): string {
  return `${genAiOperation(call.operation.name)} ${target.model}`;
}

/** What is known of an attempt when it begins. Samplers read it. */
export function requestAttributes({ n, call, target }: TracedAttempt): Attributes {
  const { hostname, port, protocol } = new URL(target.baseUrl);
  const attributes: Attributes = {
    [GEN_AI.operation]: genAiOperation(call.operation.name),
    [GEN_AI.provider]: genAiProvider(target),
    [GEN_AI.requestModel]: target.model,
    // Without the brackets of an IPv6 address.
    'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
    'server.port': port === '' ? DEFAULT_PORTS[protocol] : Number(port),
    'spillway.attempt': n,
  };
  if (call.stream) attributes[GEN_AI.requestStream] = true;
  const maxTokens = MAX_TOKENS.map((name) => call.body.get(name)).find((value) => typeof value === 'number');
  if (maxTokens !== undefined) attributes[GEN_AI.requestMaxTokens] = maxTokens;
  return attributes;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = Object.freeze({ 'http:': 80, 'https:': 443 });

/** What is known of an attempt at the end of its request. */
export interface EndedAttempt {
  /** Undefined where the request ended before the attempt's outcome was known. */
  readonly step: TrailStep | undefined;
  readonly answer: AnswerFacts;
  readonly event: RequestFinished;
}

/** Sets what is known of an attempt at its end, and its status. */
export function describeAttempt(span: Span, { step, answer, event }: EndedAttempt): void {
  const { id, model, finishReasons } = answer;
  span.setAttributes({
    ...(model === undefined ? {} : { [GEN_AI.responseModel]: model }),
    ...(id === undefined ? {} : { [GEN_AI.responseId]: id }),
    ...(finishReasons.length === 0 ? {} : { [GEN_AI.responseFinishReasons]: finishReasons }),
    // What has not ended by itself was cancelled with its request.
    'spillway.outcome': step?.outcome ?? 'cancelled',
  });
  if (step === undefined) return;
  span.setAttributes({ ...stepAttributes(step), ...usageAttributes(step.usage) });
  const error = errorOf(step, event);
  if (error === undefined) return;
  span.setAttribute('error.type', error);
  // Without a message: it would be the provider's, which may repeat a prompt.
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** When an attempt ended, in milliseconds since the request was accepted. A stream that answered runs until the request's end. */
export function attemptEndMs({ step, event }: Pick<EndedAttempt, 'step' | 'event'>): number {
  const { startedMs, durationMs, firstTokenMs, outcome } = step ?? {};
  if (startedMs === undefined || durationMs === undefined) return event.totalMs;
  return outcome === 'answered' && firstTokenMs !== undefined ? event.totalMs : startedMs + durationMs;
}

function stepAttributes({ status, reason, hedge, firstTokenMs, costNano }: TrailStep): Attributes {
  return {
    ...(status === undefined ? {} : { 'http.response.status_code': status }),
    ...(reason === undefined ? {} : { 'spillway.reason': reason }),
    ...(hedge === undefined ? {} : { 'spillway.hedge': hedge }),
    ...(firstTokenMs === undefined ? {} : { [GEN_AI.responseFirstChunk]: firstTokenMs / 1000 }),
    ...(costNano === undefined ? {} : { 'spillway.cost_usd': dollarsOf(costNano) }),
  };
}

const USAGE = Object.freeze({
  input: GEN_AI.inputTokens,
  output: GEN_AI.outputTokens,
  cachedInput: GEN_AI.cachedInputTokens,
  cacheWrite: GEN_AI.cacheWriteTokens,
  reasoning: GEN_AI.reasoningTokens,
});

function usageAttributes(usage: Usage | undefined): Attributes {
  const attributes: Attributes = {};
  if (usage === undefined) return attributes;
  for (const [name, attribute] of Object.entries(USAGE)) {
    const count: unknown = Reflect.get(usage, name);
    if (typeof count === 'number') attributes[attribute] = count;
  }
  return attributes;
}

/**
 * Why an attempt failed: its outcome, or the code of the stream that broke off after its commit. Undefined for one that did not fail, such as one
 * that was cancelled: its client has disconnected, or another attempt has answered.
 */
function errorOf({ outcome }: TrailStep, { code }: RequestFinished): string | undefined {
  if (outcome === 'answered') return code.startsWith('upstream_') ? code : undefined;
  return outcome === 'cancelled' || outcome === 'skipped' ? undefined : outcome;
}
