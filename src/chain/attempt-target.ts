import type { AttemptResult, EndedStream, FailedResult } from '../attempt/answer.ts';
import { usageOfCancelled, usageOfFailed } from '../attempt/billed-usage.ts';
import type { TargetListener } from '../attempt/retry-without-refused-parameter.ts';
import { splitBatch } from '../attempt/split-batch.ts';
import type { Timeouts } from '../domain/chain.ts';
import type { Observation } from '../domain/limits.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Usage } from '../domain/usage.ts';
import { verdictOf } from '../limits/failure-effects.ts';
import { needsAt } from '../targets/needs-at.ts';
import type { Selected } from './candidates.ts';
import { commitGate } from './commit.ts';
import { costJson, wantsCost } from './show-cost.ts';
import { SHORTEST_SHARE_MS, TIMER_SLACK_MS } from './time-budget.ts';
import type { ChainRequest, WaterfallTools } from './tools.ts';
import { costSoFar } from './trail.ts';

/** A first token after so many times the median is late: the server has more to do than it can. */
const LATE = 2;

/** What one target is attempted with. */
export interface TargetAttempt {
  readonly request: ChainRequest;
  readonly tools: WaterfallTools;
  readonly selected: Selected;
  /** Counts the request's attempts from 1. */
  readonly n: number;
  readonly timeouts: Timeouts;
  /** Milliseconds until the commit at the latest. */
  readonly commitWithin: number;
}

/**
 * Attempts one target and records what its outcome teaches, the end of a stream included. What was reserved for the attempt is settled here
 * and nowhere else, in every ending. Never rejects for anything that the target does.
 */
export function attemptTarget(attempt: TargetAttempt): Promise<AttemptResult> {
  return new Recorder(attempt).run();
}

class Recorder implements TargetListener {
  readonly #attempt: TargetAttempt;
  readonly #startedAt: number;
  /** When the first of its exchanges had a connection, in milliseconds since the epoch; undefined while nothing was sent. */
  #connectedAt: number | undefined;

  constructor(attempt: TargetAttempt) {
    this.#attempt = attempt;
    this.#startedAt = attempt.tools.clock.now();
  }

  async run(): Promise<AttemptResult> {
    const { request, tools, selected, n, timeouts, commitWithin } = this.#attempt;
    const { call, chain, scope } = request;
    const { target } = selected.planned;
    const trace = scope.report.trace?.attempt({ n, target, call });
    try {
      const result = await splitBatch(tools.attempt, tools.profiles, {
        call,
        target,
        timeouts,
        commitWithin,
        gate: commitGate(scope.options.commit ?? chain.commit, call.answerCheck),
        redact: scope.snapshot.redact,
        headers: trace?.headers === undefined ? scope.upstreamHeaders : { ...scope.upstreamHeaders, ...trace.headers },
        signal: scope.signal,
        listener: this,
        outputWatch: call.stream ? request.admitted.watchOutput?.(target) : undefined,
        answerReader: trace?.answer,
        costOf: wantsCost(scope) ? (usage) => costJson(costSoFar(tools, request, { target, usage })) : undefined,
      });
      if (result.kind === 'failed') return this.#recordFailed(result);
      this.#pace(tools.clock.now() - this.#startedAt);
      tools.speeds.record(target, { ms: tools.clock.now() - this.#startedAt, stream: call.stream });
      if (result.answer.kind === 'json') {
        trace?.answer?.read(result.answer.value);
        this.#answered(result.answer.usage);
      } else selected.hold.answered();
      return { ...result, connectedAt: this.#connectedAt };
    } catch (thrown) {
      selected.hold.settle('neither', undefined);
      throw thrown;
    }
  }

  sent(): void {
    this.#connectedAt ??= this.#attempt.tools.clock.now();
  }

  retrying(): void {
    this.#attempt.selected.hold.again();
  }

  replied(observed: readonly Observation[]): void {
    this.#attempt.selected.hold.replied(observed);
  }

  streamEnded(ended: EndedStream): void {
    const { failure, end } = ended;
    const usage = end.kind === 'complete' ? ended.usage : this.#cancelled(ended.usage, failure);
    if (failure !== undefined) this.#failed(failure, tokensOf(usage));
    else if (end.kind === 'complete') this.#answered(usage);
    // The client disconnected; the tokens generated so far are used.
    else this.#attempt.selected.hold.settle('neither', tokensOf(usage));
    this.#attempt.request.onStreamEnd({ ...ended, usage });
  }

  #answered(usage: Usage): void {
    const { request, tools, selected } = this.#attempt;
    const { target } = selected.planned;
    selected.hold.settle('healthy', tokensOf(usage));
    tools.failureEffects.recordAnswer(target);
    const needs = needsAt(target, request.call, request.needs);
    tools.demands.learn(target, needs, usage);
    const { inputTokens, windowTokens = inputTokens } = needs;
    // Of several inputs, no single one was as long as what the provider has counted.
    if (usage.source === 'provider' && windowTokens >= inputTokens)
      tools.profiles.recordServed(target, usage.input ?? 0);
  }

  /** Where the number of concurrent attempts adapts: whether the answer began in time. Before its own time is among those that it is compared with. */
  #pace(ms: number): void {
    const { request, tools, selected } = this.#attempt;
    const { target } = selected.planned;
    if (target.limits.adaptsConcurrency !== true) return;
    const median = request.call.stream ? tools.speeds.medianFirstTokenMs(target) : undefined;
    selected.hold.paced(median !== undefined && ms > LATE * median ? 'late' : 'in_time');
  }

  /** What was used of a request that was cancelled, by its client or because it took too long. */
  #cancelled(seen: Usage, failure: Failure | undefined): Usage {
    if (failure !== undefined && !isCancelled(failure)) return seen;
    const { request, selected } = this.#attempt;
    const { target } = selected.planned;
    return usageOfCancelled(seen, target.quirks, needsAt(target, request.call, request.needs).outputTokens);
  }

  /** Records a failure before any commit. An attempt that was sent has used its prompt, by estimate: providers bill it all the same. */
  #recordFailed(result: FailedResult): FailedResult {
    const { request, tools, selected } = this.#attempt;
    this.#failed(result.failure, this.#lostTokens(result));
    if (result.failure.reason === 'hedge_lost' && request.call.stream)
      tools.speeds.recordLost(selected.planned.target, tools.clock.now() - this.#startedAt);
    const used = usageOfFailed({ ...result, sent: this.#connectedAt !== undefined }, request.call);
    return { ...result, connectedAt: this.#connectedAt, used: used && this.#cancelled(used, result.failure) };
  }

  /** Applies what the failure teaches before the reserved place is free for another request. */
  #failed(failure: Failure, tokens: number): void {
    const { request, tools, selected } = this.#attempt;
    if (failure.kind !== 'cancelled') tools.failureEffects.apply(selected.planned.target, failure, request.call);
    if (isOneTooMany(failure) && selected.planned.target.limits.adaptsConcurrency === true)
      selected.hold.paced('refused');
    if (failure.reading !== undefined) selected.hold.replied(failure.reading.observed);
    const verdict = this.#hadLittleTime(failure) ? 'neither' : verdictOf(failure);
    if (this.#connectedAt !== undefined) selected.hold.settle(verdict, tokens);
    else selected.hold.release(verdict);
  }

  /**
   * A refusal, and what was not sent, costs no tokens beside those of parts that were answered. An answer that failed its check costs what it
   * has used. What another failure cost is unknown.
   */
  #lostTokens({ failure: { reading, kind }, used }: FailedResult): number {
    const { request, tools, selected } = this.#attempt;
    const answered = used === undefined ? 0 : tokensOf(used);
    if (kind === 'invalid_answer' || kind === 'gateway_overloaded' || (reading !== undefined && kind !== 'malformed'))
      return answered;
    const { target } = selected.planned;
    return Math.max(answered, tools.demands.unreportedTokensOf(target, needsAt(target, request.call, request.needs)));
  }

  /** Whether the attempt timed out because the request had little time left, which proves nothing about the target. */
  #hadLittleTime({ kind }: Failure): boolean {
    const { tools, commitWithin } = this.#attempt;
    const timedOut = kind === 'silent' || kind === 'unreachable';
    const took = tools.clock.now() - this.#startedAt;
    return timedOut && commitWithin < SHORTEST_SHARE_MS && took >= commitWithin - TIMER_SLACK_MS;
  }
}

/** Whether the provider refused a request because it has too many: 429, 503 and 529, unless it only loads the model. */
function isOneTooMany({ kind, reading }: Failure): boolean {
  return (kind === 'throttled' || kind === 'overloaded') && reading?.loading !== true;
}

function isCancelled({ kind, replyTimedOut }: Failure): boolean {
  return kind === 'cancelled' || kind === 'silent' || replyTimedOut === true;
}

function tokensOf({ input = 0, output = 0 }: Usage): number {
  return input + output;
}
