import { type Answer, type AttemptResult, type OnStreamEnd } from '../attempt/answer.ts';
import type { AttemptTools } from '../attempt/reception.ts';
import { type Refusals, tryEntry } from '../attempt/try-entry.ts';
import type { Call } from '../domain/call.ts';
import type { Chain, Entry } from '../domain/chain.ts';
import type { GatewayError } from '../domain/errors.ts';
import type { Emit } from '../domain/events.ts';
import { givenUp } from '../domain/given-up.ts';
import { type Failure, WALKS_ON } from '../domain/outcome.ts';
import type { RequestScope } from '../domain/scope.ts';
import { attemptsOf, type TrailStep } from '../domain/trail.ts';
import { abortCode } from '../lib/abort.ts';
import type { Cooldowns } from '../limits/cooldowns.ts';
import { shareOf } from './budget.ts';
import { commitGate } from './commit.ts';
import { deadlineExceeded, exhausted, rejection } from './exhaustion.ts';
import { look, usableFrom } from './plan.ts';

/** What the waterfall works with; the same for every request. */
export interface WaterfallTools {
  readonly attempt: AttemptTools;
  readonly cooldowns: Cooldowns;
  readonly refusals: Refusals;
  readonly emit: Emit;
}

/** Timers fire up to a millisecond early, so less than that is no time left. */
const TIMER_SLACK_MS = 1;

/** One request's way down. */
export interface Descent {
  readonly call: Call;
  readonly chain: Chain;
  readonly scope: RequestScope;
  /** Told of the committed stream, after what its end teaches is learned. */
  readonly onStreamEnd: OnStreamEnd;
}

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
  const failures: Failure[] = [];
  let skipped = 0;

  for (const [index, entry] of chain.entries.entries()) {
    const now = clock.now();
    if (scope.signal.aborted) return gone(scope);
    if (deadlineAt - now < TIMER_SLACK_MS)
      return { kind: 'failed', error: deadlineExceeded({ chain, trail: scope.report.trail }) };
    const planned = look(entry, tools.cooldowns, now);
    if (planned.kind === 'skip') {
      skipped++;
      record(tools, scope, {
        ...named(entry),
        outcome: 'skipped',
        message: `cooling down: ${planned.cooldown.reason}`,
      });
      continue;
    }
    const usable = usableFrom(chain, index, (each) => look(each, tools.cooldowns, now).kind === 'try');
    const result = await tryEntry(tools.attempt, tools.refusals, {
      call: descent.call,
      target: entry.targets[0],
      timeouts: entry.timeouts,
      commitWithin: shareOf(deadlineAt - now, usable),
      gate: commitGate(scope.options.commit ?? chain.commit),
      redact: scope.snapshot.redact,
      headers: scope.upstreamHeaders,
      signal: scope.signal,
      onStreamEnd(ended) {
        if (ended.failure !== undefined) tools.cooldowns.learn(entry.targets[0], ended.failure, clock.now());
        descent.onStreamEnd(ended);
      },
    });
    const ended = clock.now();
    record(tools, scope, stepOf(entry, result, ended - now));
    if (result.kind === 'answered') return commit(scope, { chain, entry, at: ended, answer: result.answer });
    if (result.failure.kind === 'cancelled') return gone(scope);
    tools.cooldowns.learn(entry.targets[0], result.failure, ended);
    if (!walksOn(result.failure, chain))
      return { kind: 'failed', error: rejection(result.failure, scope.report.trail) };
    failures.push(result.failure);
    if (deadlineAt - ended < TIMER_SLACK_MS)
      return { kind: 'failed', error: deadlineExceeded({ chain, trail: scope.report.trail }) };
  }
  const now = clock.now();
  return {
    kind: 'failed',
    error: exhausted({ chain, trail: scope.report.trail, failures, skipped }, tools.cooldowns, now),
  };
}

function walksOn(failure: Failure, chain: Chain): boolean {
  if (failure.reading?.class === 'content_filter') return chain.onContentFilter === 'next';
  return WALKS_ON[failure.kind];
}

interface Commitment {
  readonly chain: Chain;
  readonly entry: Entry;
  readonly at: number;
  readonly answer: Answer;
}

function commit(scope: RequestScope, { chain, entry, at, answer }: Commitment): WalkResult {
  scope.report.committedAt = at;
  scope.report.served = { chain: chain.name, ...named(entry), attempts: attemptsOf(scope.report.trail) };
  return { kind: 'answered', answer };
}

function record({ emit }: WaterfallTools, scope: RequestScope, step: TrailStep): void {
  scope.report.trail = [...scope.report.trail, step];
  if (step.outcome !== 'skipped') emit({ kind: 'attempt_finished', requestId: scope.id, step });
}

function stepOf(entry: Entry, result: AttemptResult, durationMs: number): TrailStep {
  if (result.kind === 'answered') return { ...named(entry), outcome: 'answered', durationMs };
  const { kind, status, message } = result.failure;
  return { ...named(entry), outcome: kind, status, message, durationMs };
}

function named({ provider, model }: Entry): { readonly provider: string; readonly model: string } {
  return { provider, model };
}

function gone(scope: RequestScope): WalkResult {
  return { kind: 'failed', error: givenUp(abortCode(scope.signal)) };
}
