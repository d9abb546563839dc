import type { AttemptResult, EndedStream } from '../attempt/answer.ts';
import { type EntryWatcher, retryWithoutRefusedParameter } from '../attempt/retry-without-refused-parameter.ts';
import type { Observation } from '../domain/limits.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Usage } from '../domain/usage.ts';
import { verdictOf } from '../limits/apply-failure.ts';
import { SHORTEST_SHARE_MS, TIMER_SLACK_MS } from './time-budget.ts';
import { commitGate } from './commit.ts';
import type { Turn } from './candidates.ts';
import type { Descent, WaterfallTools } from './descent.ts';

/** What one entry is asked with. */
export interface Asking {
  readonly descent: Descent;
  readonly tools: WaterfallTools;
  readonly turn: Turn;
  /** Milliseconds until the commit at the latest. */
  readonly commitWithin: number;
}

/**
 * Asks one entry, and learns from what came of it, a stream's end included. What was booked for it is given back here and nowhere else, in
 * every ending. Never rejects for what an entry does.
 */
export function ask(asking: Asking): Promise<AttemptResult> {
  return new Inquiry(asking).make();
}

class Inquiry implements EntryWatcher {
  readonly #asking: Asking;
  readonly #startedAt: number;
  #sent = false;

  constructor(asking: Asking) {
    this.#asking = asking;
    this.#startedAt = asking.tools.clock.now();
  }

  async make(): Promise<AttemptResult> {
    const { descent, tools, turn, commitWithin } = this.#asking;
    const { call, chain, scope } = descent;
    const { entry, target } = turn.planned;
    try {
      const result = await retryWithoutRefusedParameter(tools.attempt, tools.profiles, {
        call,
        target,
        timeouts: entry.timeouts,
        commitWithin,
        gate: commitGate(scope.options.commit ?? chain.commit),
        redact: scope.snapshot.redact,
        headers: scope.upstreamHeaders,
        signal: scope.signal,
        watcher: this,
      });
      if (result.kind === 'failed') this.#failed(result.failure);
      else {
        tools.speeds.record(target, { ms: tools.clock.now() - this.#startedAt, stream: call.stream });
        if (result.answer.kind === 'json') this.#answered(result.answer.usage);
        else turn.hold.answered();
      }
      return result;
    } catch (thrown) {
      turn.hold.settle('neither', undefined);
      throw thrown;
    }
  }

  sent(): void {
    this.#sent = true;
  }

  again(): void {
    this.#asking.turn.hold.again();
  }

  replied(observed: readonly Observation[]): void {
    this.#asking.turn.hold.replied(observed);
  }

  streamEnded(ended: EndedStream): void {
    if (ended.failure !== undefined) this.#failed(ended.failure, tokensOf(ended.usage));
    else if (ended.end.kind === 'complete') this.#answered(ended.usage);
    // It was left, and has cost what came of it.
    else this.#asking.turn.hold.settle('neither', tokensOf(ended.usage));
    this.#asking.descent.onStreamEnd(ended);
  }

  #answered(usage: Usage): void {
    const { descent, tools, turn } = this.#asking;
    const { target } = turn.planned;
    turn.hold.settle('healthy', tokensOf(usage));
    tools.failureEffects.answered(target);
    tools.demands.learn(target, descent.needs, usage);
    if (usage.source === 'provider') tools.profiles.served(target, usage.inputTokens ?? 0);
  }

  /** What is learned stands before anybody else is given the place. */
  #failed(failure: Failure, tokens = this.#lostBy(failure)): void {
    const { tools, turn } = this.#asking;
    if (failure.kind !== 'cancelled') tools.failureEffects.learn(turn.planned.target, failure);
    if (failure.reading !== undefined) turn.hold.replied(failure.reading.observed);
    const verdict = this.#isHurried(failure) ? 'neither' : verdictOf(failure);
    if (this.#sent) turn.hold.settle(verdict, tokens);
    else turn.hold.cancel(verdict);
  }

  /** A refusal has cost nothing, and of what failed otherwise nobody knows. */
  #lostBy({ reading, kind }: Failure): number {
    const { descent, tools, turn } = this.#asking;
    if (reading !== undefined && kind !== 'malformed') return 0;
    return tools.demands.lostWith(turn.planned.target, descent.needs);
  }

  /** Whether it was given up before it had a fair time, because its caller or its chain has so little: that is not its fault. */
  #isHurried({ kind }: Failure): boolean {
    const { tools, commitWithin } = this.#asking;
    const timedOut = kind === 'silent' || kind === 'unreachable';
    const took = tools.clock.now() - this.#startedAt;
    return timedOut && commitWithin < SHORTEST_SHARE_MS && took >= commitWithin - TIMER_SLACK_MS;
  }
}

function tokensOf({ inputTokens = 0, outputTokens = 0 }: Usage): number {
  return inputTokens + outputTokens;
}
