import type { AnsweredResult, AttemptResult } from '../attempt/answer.ts';
import type { AttemptFinished, Emit } from '../domain/events.ts';
import type { RequestScope } from '../domain/scope.ts';
import { attemptsOf, type TrailStep } from '../domain/trail.ts';
import { reportedCost, type Usage } from '../domain/usage.ts';
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
export function recordStep(tools: TrailTools, request: ServedRequest, ended: EndedAttempt): TrailStep {
  const { scope } = request;
  const step = stepOf(ended, scope.acceptedAt);
  scope.report.trail = [...scope.report.trail, step];
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

/** Adds what a stream used, once it has ended, to the step that answered; other attempts may follow it in the trail. */
export function recordUsage(scope: RequestScope, step: TrailStep, usage: Usage): void {
  scope.report.trail = scope.report.trail.map((each) => (each === step ? { ...step, ...costOf(usage) } : each));
}

function stepOf({ planned, hedge, result, startedAt, endedAt }: EndedAttempt, acceptedAt: number): TrailStep {
  const times = { startedMs: startedAt - acceptedAt, durationMs: endedAt - startedAt };
  const name = hedge ? { ...nameOf(planned), hedge } : nameOf(planned);
  if (result.kind === 'failed') {
    const { kind, reason, status, message, unsent } = result.failure;
    if (unsent === true) return { ...name, outcome: 'skipped', reason: 'lacks_capability', message };
    const used = result.used === undefined ? {} : costOf(result.used);
    return { ...name, outcome: kind, reason, status, message, ...times, ...used };
  }
  const { answer } = result;
  if (answer.kind === 'stream') return { ...name, outcome: 'answered', ...times, firstTokenMs: times.durationMs };
  return { ...name, outcome: 'answered', ...times, ...costOf(answer.usage) };
}

function costOf(usage: Usage): Pick<TrailStep, 'usage' | 'costNano'> {
  const { nano } = reportedCost(usage);
  return nano === null ? { usage } : { usage, costNano: nano };
}

function nameOf({ entry, target }: Planned): Pick<TrailStep, 'provider' | 'model' | 'key'> {
  const { provider, model } = entry;
  return target.keyNumber === undefined ? { provider, model } : { provider, model, key: target.keyNumber };
}
