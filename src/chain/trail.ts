import type { AttemptResult } from '../attempt/answer.ts';
import type { Chain, Entry } from '../domain/chain.ts';
import type { Emit } from '../domain/events.ts';
import type { RequestScope } from '../domain/scope.ts';
import { attemptsOf, type TrailStep } from '../domain/trail.ts';
import { reportedCost, type Usage } from '../domain/usage.ts';
import type { Planned } from './plan/planned.ts';

/** An attempt whose outcome is known; times in milliseconds since the epoch. */
export interface EndedAttempt {
  readonly planned: Planned;
  readonly result: AttemptResult;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Adds an attempt to the trail, emits its event, and returns its step. */
export function recordStep(emit: Emit, scope: RequestScope, ended: EndedAttempt): TrailStep {
  const step = stepOf(ended, scope.acceptedAt);
  scope.report.trail = [...scope.report.trail, step];
  const { id, clientRequestId } = scope;
  emit({ kind: 'attempt_finished', requestId: id, clientRequestId, step });
  return step;
}

/** Adds a target that was skipped, and why: by a code, and in a sentence. */
export function recordSkipped(scope: RequestScope, planned: Planned, why: Pick<TrailStep, 'reason' | 'message'>): void {
  scope.report.trail = [...scope.report.trail, { ...nameOf(planned), outcome: 'skipped', ...why }];
}

/** Records which entry answered. `at`: milliseconds since the epoch. */
export function recordCommit(
  scope: RequestScope,
  { chain, entry, at }: { readonly chain: Chain; readonly entry: Entry; readonly at: number },
): void {
  const { provider, model } = entry;
  scope.report.committedAt = at;
  scope.report.served = { chain: chain.name, provider, model, attempts: attemptsOf(scope.report.trail) };
}

/** Adds what a stream used, once it has ended, to the step that answered; other attempts may follow it in the trail. */
export function recordUsage(scope: RequestScope, step: TrailStep, usage: Usage): void {
  scope.report.trail = scope.report.trail.map((each) => (each === step ? { ...step, ...costOf(usage) } : each));
}

function stepOf({ planned, result, startedAt, endedAt }: EndedAttempt, acceptedAt: number): TrailStep {
  const times = { startedMs: startedAt - acceptedAt, durationMs: endedAt - startedAt };
  if (result.kind === 'failed') {
    const { kind, status, message } = result.failure;
    const used = result.used === undefined ? {} : costOf(result.used);
    return { ...nameOf(planned), outcome: kind, status, message, ...times, ...used };
  }
  const { answer } = result;
  if (answer.kind === 'stream')
    return { ...nameOf(planned), outcome: 'answered', ...times, firstTokenMs: times.durationMs };
  return { ...nameOf(planned), outcome: 'answered', ...times, ...costOf(answer.usage) };
}

function costOf(usage: Usage): Pick<TrailStep, 'usage' | 'costNano'> {
  const { nano } = reportedCost(usage);
  return nano === null ? { usage } : { usage, costNano: nano };
}

function nameOf({ entry, target }: Planned): Pick<TrailStep, 'provider' | 'model' | 'key'> {
  const { provider, model } = entry;
  return target.keyNumber === undefined ? { provider, model } : { provider, model, key: target.keyNumber };
}
