import type { AnsweredResult, AttemptResult } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { Target } from '../domain/chain.ts';
import type { AttemptFinished, Emit } from '../domain/events.ts';
import type { RequestScope } from '../domain/scope.ts';
import { attemptsOf, costOfTrail, type TrailStep } from '../domain/trail.ts';
import { type Cost, NO_COST, type Usage } from '../domain/usage.ts';
import { bodyAt } from '../targets/needs-at.ts';
import type { Prices } from '../targets/prices.ts';
import type { Planned } from './plan/planned.ts';
import {
  factsOf,
  isWatched,
  type NumberedAttempt,
  type ProgressTools,
  publish,
  reportCommit,
  type ServedRequest,
} from './progress.ts';

/** What records attempts. */
export interface TrailTools extends ProgressTools {
  readonly emit: Emit;
  readonly prices: Pick<Prices, 'costOf'>;
}

/** A request whose attempts are recorded. */
export interface PricedCall extends ServedRequest {
  readonly call: Call;
}

/** An attempt that has begun; times in milliseconds since the epoch. */
export interface BegunAttempt extends NumberedAttempt {
  readonly startedAt: number;
}

/** An attempt whose outcome is known. */
export interface EndedAttempt<Result extends AttemptResult = AttemptResult> extends BegunAttempt {
  readonly result: Result;
  readonly endedAt: number;
}

/** Adds an attempt to the trail, emits its event, and returns its step. */
export function recordStep(tools: TrailTools, request: PricedCall, ended: EndedAttempt): TrailStep {
  const { scope } = request;
  const step = stepOf(tools, request, ended);
  scope.report.trail = [...scope.report.trail, step];
  scope.report.trace?.attempted(ended.n, step);
  const event: AttemptFinished = { kind: 'attempt_finished', ...factsOf(request), n: ended.n, step };
  tools.emit(event);
  if (isWatched(tools, scope)) publish(tools, scope, event);
  return step;
}

/** Adds a target that was skipped, and why: by a code, and in a sentence. */
export function recordSkipped(scope: RequestScope, planned: Planned, why: Pick<TrailStep, 'reason' | 'message'>): void {
  scope.report.trail = [...scope.report.trail, { ...nameOf(planned), outcome: 'skipped', ...why }];
}

/** Records which entry answered, by the attempt that did, and reports it. */
export function recordCommit(tools: ProgressTools, request: ServedRequest, ended: EndedAttempt<AnsweredResult>): void {
  const { chain, scope } = request;
  const { provider, model } = ended.planned.entry;
  scope.report.committedAt = ended.endedAt;
  const { dropped = [] } = ended.result;
  scope.report.served = { chain: chain.name, provider, model, attempts: attemptsOf(scope.report.trail), dropped };
  reportCommit(tools, request, ended);
}

/** A stream that has answered, and what it used. */
export interface UsedStream {
  readonly step: TrailStep;
  readonly target: Target;
  readonly usage: Usage;
}

/** Adds what a stream used and cost, once it has ended, to the step that answered; other attempts may follow it in the trail. */
export function recordUsage(tools: TrailTools, request: PricedCall, { step, target, usage }: UsedStream): void {
  const { report } = request.scope;
  const used = { ...step, ...costOf(tools, request, { target, usage }) };
  report.trail = report.trail.map((each) => (each === step ? used : each));
}

/** What a request has cost together with an attempt that is not in its trail yet, or without a usage there. */
export function costSoFar(
  tools: Pick<TrailTools, 'prices'>,
  request: PricedCall,
  used: Pick<UsedStream, 'target' | 'usage'>,
): Cost {
  return costOfTrail([...request.scope.report.trail, costOf(tools, request, used)]);
}

function stepOf(tools: TrailTools, request: PricedCall, ended: EndedAttempt): TrailStep {
  const { planned, hedge, result, startedAt, endedAt } = ended;
  const { target } = planned;
  const times = {
    startedMs: startedAt - request.scope.acceptedAt,
    connectedMs: result.connectedAt === undefined ? undefined : result.connectedAt - startedAt,
    durationMs: endedAt - startedAt,
  };
  const name = hedge ? { ...nameOf(planned), hedge } : nameOf(planned);
  if (result.kind === 'failed') {
    const { kind, reason, status, message, unsent } = result.failure;
    if (unsent === true) return { ...name, outcome: 'skipped', reason: 'lacks_capability', message };
    const used = result.used === undefined ? {} : costOf(tools, request, { target, usage: result.used });
    return { ...name, outcome: kind, reason, status, message, ...times, ...used };
  }
  const { answer } = result;
  if (answer.kind === 'stream') return { ...name, outcome: 'answered', ...times, firstTokenMs: times.durationMs };
  return { ...name, outcome: 'answered', ...times, ...costOf(tools, request, { target, usage: answer.usage }) };
}

function costOf(
  { prices }: Pick<TrailTools, 'prices'>,
  { call, scope }: PricedCall,
  { target, usage }: Pick<UsedStream, 'target' | 'usage'>,
): Pick<TrailStep, 'usage' | 'costNano' | 'costSource' | 'costApproximate'> {
  const serviceTier = bodyAt(target, call).get('service_tier');
  const { nano, source, approximate } = call.operation.free
    ? NO_COST
    : prices.costOf(target, usage, { at: scope.acceptedAt, serviceTier });
  if (nano === null) return { usage };
  return { usage, costNano: nano, costSource: source, ...(approximate ? { costApproximate: true } : {}) };
}

function nameOf({ entry, target }: Planned): Pick<TrailStep, 'provider' | 'model' | 'key'> {
  const { provider, model } = entry;
  return target.keyNumber === undefined ? { provider, model } : { provider, model, key: target.keyNumber };
}
