import type { Answer, AttemptResult } from '../attempt/answer.ts';
import type { Chain } from '../domain/chain.ts';
import type { GatewayError } from '../domain/errors.ts';
import { abortError } from '../domain/abort-error.ts';
import { type Failure, WALKS_ON } from '../domain/outcome.ts';
import type { RequestScope } from '../domain/scope.ts';
import { attemptsOf, type TrailStep } from '../domain/trail.ts';
import { abortCode } from '../lib/abort.ts';
import { ask } from './attempt-target.ts';
import { shareOf, TIMER_SLACK_MS } from './time-budget.ts';
import { deadlineExceeded, exhausted, rejection } from './exhaustion.ts';
import type { Descent, WaterfallTools } from './descent.ts';
import { planFor } from './plan/plan-for.ts';
import type { Planned } from './plan/planned.ts';
import { inWords } from './plan/reasons.ts';
import { retryTurn } from './retry.ts';
import { takeTurns, type Turn } from './candidates.ts';

/** What a walk down a chain came to. */
export type WalkResult =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly error: GatewayError };

/**
 * Spills a request from entry to entry until one answers. Nothing is asked after a commit, after the caller has gone, or after the
 * deadline; every attempt starts from the caller's own bytes. The trail stands in the scope's report as it grows.
 */
export async function waterfall(tools: WaterfallTools, descent: Descent): Promise<WalkResult> {
  const { chain, scope } = descent;
  const { clock } = tools.attempt;
  const deadlineAt = scope.acceptedAt + Math.min(chain.deadline, scope.options.deadline ?? Infinity);
  const plan = planFor(tools, descent);
  const failures = new Map<Planned, Failure>();
  const inTime = (): boolean => deadlineAt - clock.now() >= TIMER_SLACK_MS;
  const late = (): WalkResult => ({ kind: 'failed', error: deadlineExceeded({ chain, trail: scope.report.trail }) });
  const turns = takeTurns({
    chain,
    state: tools.state,
    queues: tools.queues,
    now: () => clock.now(),
    signal: scope.signal,
    principal: scope.principal.id,
    deadlineAt,
    planned: plan.filter(({ state }) => state !== 'skip'),
    onPassed(planned, obstacle) {
      // That it was left for the end is told already.
      if (planned.state === 'last_resort') return;
      record(tools, scope, skipped(planned, inWords(obstacle, clock.now())));
    },
  });
  for (const each of plan)
    if (each.state === 'skip' || each.state === 'last_resort') record(tools, scope, skipped(each, each.reason));

  for (;;) {
    if (scope.signal.aborted) return gone(scope);
    if (!inTime()) return late();
    const first = await turns.next();
    if (first.kind === 'nobody') {
      if (first.waited === 'gone') return gone(scope);
      if (!inTime()) return late();
      const standing = turns.standing();
      const walked = { chain, trail: scope.report.trail, plan, failures, standing, waited: first.waited };
      return { kind: 'failed', error: exhausted(walked, clock.now()) };
    }
    tools.budget.asked(first.planned.target.counterKey);
    for (let turn: Turn | undefined = first, again = 0; turn !== undefined; again++) {
      const began = clock.now();
      const commitWithin = shareOf(deadlineAt - began, turns.usable(turn));
      const result = await ask({ descent, tools, turn, commitWithin });
      const ended = clock.now();
      record(tools, scope, stepOf(turn.planned, result, ended - began));
      if (result.kind === 'answered') return commit(scope, { chain, turn, at: ended, answer: result.answer });
      const { failure } = result;
      if (failure.kind === 'cancelled') return gone(scope);
      if (!walksOn(failure, chain)) return { kind: 'failed', error: rejection(failure, scope.report.trail) };
      turns.failed(turn, failure);
      failures.set(turn.planned, failure);
      if (!inTime()) return late();
      turn = await retryTurn(tools, {
        turn,
        failure,
        again,
        chain,
        signal: scope.signal,
        timeLeft: deadlineAt - ended,
      });
    }
  }
}

function walksOn(failure: Failure, chain: Chain): boolean {
  if (failure.reading?.class === 'content_filter') return chain.onContentFilter === 'next';
  return WALKS_ON[failure.kind];
}

interface Commitment {
  readonly chain: Chain;
  readonly turn: Turn;
  readonly at: number;
  readonly answer: Answer;
}

function commit(scope: RequestScope, { chain, turn, at, answer }: Commitment): WalkResult {
  const { provider, model } = turn.planned.entry;
  scope.report.committedAt = at;
  scope.report.served = { chain: chain.name, provider, model, attempts: attemptsOf(scope.report.trail) };
  return { kind: 'answered', answer };
}

function record({ emit }: WaterfallTools, scope: RequestScope, step: TrailStep): void {
  scope.report.trail = [...scope.report.trail, step];
  if (step.outcome !== 'skipped') emit({ kind: 'attempt_finished', requestId: scope.id, step });
}

function stepOf(planned: Planned, result: AttemptResult, durationMs: number): TrailStep {
  if (result.kind === 'answered') return { ...named(planned), outcome: 'answered', durationMs };
  const { kind, status, message } = result.failure;
  return { ...named(planned), outcome: kind, status, message, durationMs };
}

function skipped(planned: Planned, message: string): TrailStep {
  return { ...named(planned), outcome: 'skipped', message };
}

function named({ entry, target }: Planned): Pick<TrailStep, 'provider' | 'model' | 'key'> {
  const { provider, model } = entry;
  return target.keyNumber === undefined ? { provider, model } : { provider, model, key: target.keyNumber };
}

function gone(scope: RequestScope): WalkResult {
  return { kind: 'failed', error: abortError(abortCode(scope.signal)) };
}
