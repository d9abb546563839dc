import type { AnsweredResult, Answer, AttemptResult } from '../attempt/answer.ts';
import { abortError } from '../domain/abort-error.ts';
import type { Target } from '../domain/chain.ts';
import type { GatewayError } from '../domain/errors.ts';
import type { Failure } from '../domain/outcome.ts';
import type { TrailStep } from '../domain/trail.ts';
import { abortCode } from '../lib/abort.ts';
import { attemptTarget } from './attempt-target.ts';
import { type Candidates, createCandidates, type NoneLeft, type Selected } from './candidates.ts';
import {
  deadlineExceeded,
  exhausted,
  invalidAnswersOf,
  noValidAnswer,
  overloaded,
  refusalOf,
  rejection,
} from './exhaustion.ts';
import { hedgeDelayOf, isHedged, takeHedge } from './hedge.ts';
import { brokenOffLast } from './plan/broken-off-last.ts';
import { planFor } from './plan/plan.ts';
import type { Planned } from './plan/planned.ts';
import { describeObstacle, skipReasonOf } from './plan/reasons.ts';
import { type Attempting, race, type Turn } from './race.ts';
import { beginAttempt, isWatched, reportQueued } from './progress.ts';
import { failsOver, recordAnswered, recordUnanswered } from './refusal-records.ts';
import { retryTarget } from './retry.ts';
import { attemptTimeouts, shareOf, TIMER_SLACK_MS } from './time-budget.ts';
import type { ChainRequest, WaterfallTools } from './tools.ts';
import { type BegunAttempt, type EndedAttempt, recordCommit, recordSkipped, recordStep } from './trail.ts';

/** The result of a waterfall. */
export type WaterfallResult =
  | { readonly kind: 'answered'; readonly answer: Answer; readonly step: TrailStep; readonly target: Target }
  | { readonly kind: 'failed'; readonly error: GatewayError };

/**
 * Tries entry after entry until one answers. Nothing is sent after a commit, after the client has disconnected, or after the deadline; every
 * attempt starts from the client's own bytes. The trail in the scope's report grows with each step.
 */
export function waterfall(tools: WaterfallTools, request: ChainRequest): Promise<WaterfallResult> {
  return new Waterfall(tools, request).run();
}

class Waterfall {
  readonly #tools: WaterfallTools;
  readonly #request: ChainRequest;
  /** The chain's deadline, or the client's shorter one, in milliseconds. */
  readonly #deadlineMs: number;
  /** Milliseconds since the epoch. */
  readonly #deadlineAt: number;
  readonly #plan: readonly Planned[];
  readonly #failures = new Map<Planned, Failure>();
  readonly #candidates: Candidates;
  /** A request is retried or hedged, and never both. */
  #retried = false;
  #hedged = false;

  constructor(tools: WaterfallTools, request: ChainRequest) {
    const { chain, scope } = request;
    this.#tools = tools;
    this.#request = request;
    this.#deadlineMs = Math.min(chain.deadline, scope.options.deadline ?? Infinity);
    this.#deadlineAt = scope.deadlineFrom + this.#deadlineMs;
    this.#plan = brokenOffLast(planFor(tools, request), scope);
    this.#candidates = createCandidates({
      chain,
      state: tools.state,
      queues: tools.queues,
      lastResorts: tools.lastResorts,
      now: () => tools.clock.now(),
      signal: scope.signal,
      principal: scope.principal.id,
      deadlineAt: this.#deadlineAt,
      planned: this.#plan.filter(({ state }) => state !== 'skip'),
      onSkipped: (planned, obstacle) => {
        // A last resort is in the trail already.
        if (planned.state === 'last_resort') return;
        const message = describeObstacle(obstacle, tools.clock.now());
        recordSkipped(scope, planned, { reason: obstacle.kind, message });
      },
      onWaited: (ms) => void (scope.report.queuedMs += ms),
      queueListener: () => (isWatched(tools, scope) ? (place) => reportQueued(tools, request, place) : undefined),
    });
    for (const each of this.#plan)
      if (each.state === 'skip' || each.state === 'last_resort')
        recordSkipped(scope, each, { reason: skipReasonOf(each), message: each.reason });
    if (isHedged(chain, request.call)) tools.hedgeBudget.recordRequest(chain);
  }

  async run(): Promise<WaterfallResult> {
    for (;;) {
      const stop = this.#stopped();
      if (stop !== undefined) return stop;
      const next = await this.#candidates.next();
      if (next.kind === 'none') return this.#noneLeft(next);
      this.#recordTried(next);
      const result = await this.#tryTarget(next);
      if (result !== undefined) return result;
    }
  }

  /** Tries one target, with its retries or its hedge. Undefined when the next one is to be tried. */
  async #tryTarget(first: Selected): Promise<WaterfallResult | undefined> {
    const { chain, scope } = this.#request;
    let retries = 0;
    for (let selected: Selected | undefined = first; selected !== undefined; retries++) {
      const delay =
        this.#hedged || this.#retried ? undefined : hedgeDelayOf(this.#tools, this.#request, selected.planned);
      let turn: Turn;
      if (delay === undefined) {
        const { begun, result } = this.#attempt(selected, this.#request, false);
        turn = this.#turnOf(begun, await result);
      } else turn = await this.#race(selected, delay);
      const { answered, failed } = turn;
      for (const { planned, result } of failed) {
        this.#candidates.failed(planned, result.failure);
        this.#failures.set(planned, result.failure);
      }
      if (answered !== undefined) return this.#answeredBy(answered);
      const stop = this.#stoppedBy(failed);
      const [last] = failed;
      if (stop !== undefined || last === undefined || this.#hedged) return stop;
      const { planned, result, endedAt } = last;
      const timeLeft = this.#deadlineAt - endedAt;
      const { failure } = result;
      const hasNext = (): boolean => this.#candidates.usable(planned) > 1;
      const { signal } = scope;
      selected = await retryTarget(this.#tools, { planned, failure, retries, hasNext, chain, signal, timeLeft });
      scope.report.pausedMs += this.#tools.clock.now() - endedAt;
      this.#retried ||= selected !== undefined;
    }
    return undefined;
  }

  /** The turn of a target that was attempted alone. */
  #turnOf(begun: BegunAttempt, result: AttemptResult): Turn {
    const endedAt = this.#tools.clock.now();
    if (result.kind === 'answered') return { answered: { ...begun, result, endedAt }, failed: NONE };
    const failed = { ...begun, result, endedAt };
    recordStep(this.#tools, this.#request, failed);
    return { answered: undefined, failed: [failed] };
  }

  /** Attempts a target, and another one beside it after `delay` milliseconds. */
  #race(first: Selected, delay: number): Promise<Turn> {
    const { planned } = first;
    const [tools, request, candidates, deadlineAt] = [this.#tools, this.#request, this.#candidates, this.#deadlineAt];
    return race({
      request,
      clock: tools.clock,
      first,
      delay,
      takeSecond: async () => {
        const second = await takeHedge(tools, { request, planned, candidates, delay, deadlineAt });
        if (second === undefined) return undefined;
        this.#hedged = true;
        this.#recordTried(second);
        return second;
      },
      attempt: (selected, own, hedge) => this.#attempt(selected, own, hedge),
      record: (ended) => void recordStep(tools, request, ended),
      isFinal: (failure) => !failsOver(tools, request, failure),
    });
  }

  #attempt(selected: Selected, request: ChainRequest, hedge: boolean): Attempting {
    const { planned } = selected;
    const n = beginAttempt(this.#tools, this.#request, { planned, hedge });
    const startedAt = this.#tools.clock.now();
    const usable = this.#candidates.usable(planned);
    const patient = usable === 1 || this.#failures.get(planned)?.reading?.loading === true;
    const result = attemptTarget({
      request,
      tools: this.#tools,
      selected,
      n,
      timeouts: attemptTimeouts(planned.entry.timeouts, { stream: request.call.stream, patient }),
      commitWithin: shareOf(this.#deadlineAt - startedAt, usable),
    });
    return { begun: { planned, n, hedge, startedAt }, result };
  }

  #answeredBy(ended: EndedAttempt<AnsweredResult>): WaterfallResult {
    const { planned, result } = ended;
    const step = recordStep(this.#tools, this.#request, ended);
    recordCommit(this.#tools, this.#request, ended);
    recordAnswered(this.#tools, this.#request, { answeredBy: planned, failures: this.#failures });
    this.#tools.growingWaits.answered(this.#request.chain.name);
    return { kind: 'answered', answer: result.answer, step, target: planned.target };
  }

  /** The request's result where one of these failures, or the time that they took, ends it. */
  #stoppedBy(failed: Turn['failed']): WaterfallResult | undefined {
    for (const { result } of failed) {
      const { failure } = result;
      if (failure.kind === 'cancelled') return this.#cancelled();
      if (!failsOver(this.#tools, this.#request, failure))
        return { kind: 'failed', error: rejection(failure, this.#request.scope.report.trail) };
    }
    if (invalidAnswersOf(this.#failures) > (this.#request.call.answerCheck?.attempts ?? 0))
      return this.#noValidAnswer();
    return this.#deadlinePassed();
  }

  #recordTried({ planned: { target } }: Selected): void {
    const { refusingEntries, budget, clock } = this.#tools;
    refusingEntries.recordTried(target, clock.now());
    budget.recordRequest(target.counterKey);
  }

  #noneLeft({ waited }: NoneLeft): WaterfallResult {
    if (waited === 'cancelled') return this.#cancelled();
    const { chain, scope } = this.#request;
    const exhaustion = {
      chain,
      trail: scope.report.trail,
      plan: this.#plan,
      failures: this.#failures,
      remaining: this.#candidates.remaining(),
      waited,
    };
    const passed = this.#deadlinePassed();
    if (passed !== undefined) return passed;
    if (invalidAnswersOf(this.#failures) > 0) return this.#noValidAnswer();
    const refusal = refusalOf(exhaustion);
    recordUnanswered(this.#tools, this.#request, { refused: refusal !== undefined, failures: this.#failures });
    const { state, growingWaits, clock } = this.#tools;
    if (refusal !== undefined) return { kind: 'failed', error: refusal };
    if ([...this.#failures.values()].some(({ kind }) => kind === 'gateway_overloaded'))
      return { kind: 'failed', error: overloaded(exhaustion) };
    return { kind: 'failed', error: exhausted(exhaustion, { state, growingWaits, now: clock.now() }) };
  }

  #noValidAnswer(): WaterfallResult {
    const { chain, scope } = this.#request;
    recordUnanswered(this.#tools, this.#request, { refused: false, failures: this.#failures });
    return { kind: 'failed', error: noValidAnswer({ chain, trail: scope.report.trail }) };
  }

  #stopped(): WaterfallResult | undefined {
    return this.#request.scope.signal.aborted ? this.#cancelled() : this.#deadlinePassed();
  }

  #deadlinePassed(): WaterfallResult | undefined {
    if (this.#deadlineAt - this.#tools.clock.now() >= TIMER_SLACK_MS) return undefined;
    const { chain, scope } = this.#request;
    return { kind: 'failed', error: deadlineExceeded({ chain, trail: scope.report.trail }, this.#deadlineMs) };
  }

  #cancelled(): WaterfallResult {
    return { kind: 'failed', error: abortError(abortCode(this.#request.scope.signal)) };
  }
}

const NONE: Turn['failed'] = Object.freeze([]);
