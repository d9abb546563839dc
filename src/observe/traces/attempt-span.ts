import type { RequestFinished } from '../../domain/events.ts';
import type { Target } from '../../domain/chain.ts';
import type { TracedAttempt } from '../../domain/tracing.ts';
import type { TrailStep } from '../../domain/trail.ts';
import { dollarsOf } from '../../domain/usage.ts';
import { bareHost } from '../../lib/bare-host.ts';
import type { Redact } from '../../lib/redact.ts';
import { GEN_AI, genAiOperation, genAiProvider } from '../gen-ai.ts';
import type { AnswerFacts } from './answer-facts.ts';
import { shownName } from './shown-texts.ts';
import type { AttributeSink, Span } from './span.ts';

/** The fields in which clients limit the tokens of an answer, in each of their APIs. */
const MAX_TOKENS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/** What is known of an attempt when it begins, without its call, whose body may be large. */
export interface BegunAttempt extends Pick<TracedAttempt, 'n' | 'target'> {
  /** As the conventions name it. */
  readonly operation: string;
  readonly stream: boolean;
  readonly maxTokens: number | undefined;
}

/** Takes what spans say of an attempt that begins. */
export function begunAttempt({ n, target, call }: TracedAttempt): BegunAttempt {
  const { operation, stream, body } = call;
  return { n, target, operation: genAiOperation(operation.name), stream, maxTokens: maxTokensOf(body) };
}

/** The name of an attempt's span: `chat llama-3.3-70b-versatile`. Clients may make up the name of the model. */
export function attemptName({ operation, target }: BegunAttempt, redact: Redact): string {
  return `${operation} ${shownName(target.model, redact)}`;
}

/** Sets what is known of an attempt when it begins. */
export function describeTarget(to: AttributeSink, attempt: BegunAttempt, redact: Redact): void {
  const { n, target, operation, stream, maxTokens } = attempt;
  const { address, port } = serverOf(target);
  to.set(GEN_AI.operation, operation);
  to.set(GEN_AI.provider, genAiProvider(target));
  to.set(GEN_AI.requestModel, shownName(target.model, redact));
  to.set('server.address', address);
  to.set('server.port', port);
  to.set('spillway.attempt', n);
  if (stream) to.set(GEN_AI.requestStream, true);
  to.set(GEN_AI.requestMaxTokens, maxTokens);
}

function maxTokensOf(body: TracedAttempt['call']['body']): number | undefined {
  for (const name of MAX_TOKENS) {
    const value = body.get(name);
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** Where a target's requests go. */
interface ServerAddress {
  readonly address: string;
  readonly port: number | undefined;
}

const servers = new WeakMap<Target, ServerAddress>();

function serverOf(target: Target): ServerAddress {
  const known = servers.get(target);
  if (known !== undefined) return known;
  const { hostname, port, protocol } = new URL(target.baseUrl);
  const server = {
    address: bareHost(hostname),
    port: port === '' ? DEFAULT_PORTS[protocol] : Number(port),
  };
  servers.set(target, server);
  return server;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = Object.freeze({ 'http:': 80, 'https:': 443 });

/** What the end of an attempt is described on. */
type SpanFacts = Pick<Span, 'set' | 'fail'>;

/** What is known of an attempt at the end of its request. */
export interface EndedAttempt {
  /** Undefined where the request ended before the attempt's outcome was known. */
  readonly step: TrailStep | undefined;
  readonly answer: AnswerFacts;
  readonly event: RequestFinished;
  readonly redact: Redact;
}

/** Sets what is known of an attempt at its end, and its status. */
export function describeAttempt(span: SpanFacts, { step, answer, event, redact }: EndedAttempt): void {
  const { id, model, finishReasons } = answer;
  // A provider repeats the name that it was sent.
  span.set(GEN_AI.responseModel, model && shownName(model, redact));
  span.set(GEN_AI.responseId, id);
  if (finishReasons.length > 0) span.set(GEN_AI.responseFinishReasons, finishReasons);
  // What has not ended by itself was cancelled with its request.
  span.set('spillway.outcome', step?.outcome ?? 'cancelled');
  if (step === undefined) return;
  describeStep(span, step);
  const error = errorOf(step, event);
  if (error === undefined) return;
  span.set('error.type', error);
  span.fail();
}

/** When an attempt ended, in milliseconds since the request was accepted. A stream that answered runs until the request's end. */
export function attemptEndMs({ step, event }: Pick<EndedAttempt, 'step' | 'event'>): number {
  const { startedMs, durationMs, firstTokenMs, outcome } = step ?? {};
  if (startedMs === undefined || durationMs === undefined) return event.totalMs;
  return outcome === 'answered' && firstTokenMs !== undefined ? event.totalMs : startedMs + durationMs;
}

function describeStep(span: AttributeSink, { status, reason, hedge, firstTokenMs, usage, costNano }: TrailStep): void {
  span.set('http.response.status_code', status);
  span.set('spillway.reason', reason);
  span.set('spillway.hedge', hedge);
  if (firstTokenMs !== undefined) span.set(GEN_AI.responseFirstChunk, firstTokenMs / 1000);
  if (costNano !== undefined) span.set('spillway.cost_usd', dollarsOf(costNano));
  if (usage === undefined) return;
  span.set(GEN_AI.inputTokens, usage.input);
  span.set(GEN_AI.outputTokens, usage.output);
  span.set(GEN_AI.cachedInputTokens, usage.cachedInput);
  span.set(GEN_AI.cacheWriteTokens, usage.cacheWrite);
  span.set(GEN_AI.reasoningTokens, usage.reasoning);
}

/**
 * Why an attempt failed: its outcome, or the code of the stream that broke off after its commit. Undefined for one that did not fail, such as one
 * that was cancelled: its client has disconnected, or another attempt has answered.
 */
function errorOf({ outcome }: TrailStep, { code }: RequestFinished): string | undefined {
  if (outcome === 'answered') return code.startsWith('upstream_') ? code : undefined;
  return outcome === 'cancelled' || outcome === 'skipped' ? undefined : outcome;
}
