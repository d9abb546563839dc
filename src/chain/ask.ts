import type { AttemptResult, EndedStream } from '../attempt/answer.ts';
import { tryEntry } from '../attempt/try-entry.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Usage } from '../domain/usage.ts';
import { verdictOf } from '../limits/lessons.ts';
import { SHORTEST_SHARE_MS, TIMER_SLACK_MS } from './budget.ts';
import { commitGate } from './commit.ts';
import type { Turn } from './turns.ts';
import type { Descent, WaterfallTools } from './descent.ts';

/** What one entry is asked with. */
export interface Asking extends Descent {
  readonly tools: WaterfallTools;
  readonly turn: Turn;
  /** Milliseconds until the commit at the latest. */
  readonly commitWithin: number;
}

/**
 * Asks one entry, and learns from what came of it, a stream's end included. What was booked for it is given back here and nowhere else, in
 * every ending. Never rejects for what an entry does.
 */
export async function ask({ tools, turn, commitWithin, ...descent }: Asking): Promise<AttemptResult> {
  const { call, chain, scope } = descent;
  const { entry, target } = turn.planned;
  const { clock } = tools.attempt;
  const startedAt = clock.now();
  let sent = false;

  function answered(usage: Usage): void {
    turn.hold.settle('healthy', tokensOf(usage));
    tools.lessons.answered(target);
    tools.demands.learn(target, descent.needs, usage);
    if (usage.source === 'provider') tools.profiles.served(target, usage.inputTokens ?? 0);
  }

  /** What is learned stands before anybody else is given the place. */
  function failed(failure: Failure, tokens = lostBy(failure)): void {
    if (failure.kind !== 'cancelled') tools.lessons.learn(target, failure);
    if (failure.reading !== undefined) turn.hold.replied(failure.reading.observed);
    const verdict = isHurried(failure) ? 'neither' : verdictOf(failure);
    if (sent) turn.hold.settle(verdict, tokens);
    else turn.hold.cancel(verdict);
  }

  /** A refusal has cost nothing, and of what failed otherwise nobody knows. */
  function lostBy({ reading, kind }: Failure): number {
    return reading === undefined || kind === 'malformed' ? tools.demands.lostWith(target, descent.needs) : 0;
  }

  /** Whether it was given up before it had a fair time, because its caller or its chain has so little: that is not its fault. */
  function isHurried({ kind }: Failure): boolean {
    const timedOut = kind === 'silent' || kind === 'unreachable';
    return timedOut && commitWithin < SHORTEST_SHARE_MS && clock.now() - startedAt >= commitWithin - TIMER_SLACK_MS;
  }

  function onStreamEnd(ended: EndedStream): void {
    if (ended.failure !== undefined) failed(ended.failure, tokensOf(ended.usage));
    else if (ended.end.kind === 'complete') answered(ended.usage);
    // It was left, and has cost what came of it.
    else turn.hold.settle('neither', tokensOf(ended.usage));
    descent.onStreamEnd(ended);
  }

  try {
    const result = await tryEntry(tools.attempt, tools.profiles, {
      call,
      target,
      timeouts: entry.timeouts,
      commitWithin,
      gate: commitGate(scope.options.commit ?? chain.commit),
      redact: scope.snapshot.redact,
      headers: scope.upstreamHeaders,
      signal: scope.signal,
      onSent: () => void (sent = true),
      onAgain: () => turn.hold.again(),
      onReply: (observed) => turn.hold.replied(observed),
      onStreamEnd,
    });
    if (result.kind === 'failed') failed(result.failure);
    else {
      tools.speeds.record(target, { ms: clock.now() - startedAt, stream: call.stream });
      if (result.answer.kind === 'json') answered(result.answer.usage);
      else turn.hold.answered();
    }
    return result;
  } catch (thrown) {
    turn.hold.settle('neither', undefined);
    throw thrown;
  }
}

function tokensOf({ inputTokens = 0, outputTokens = 0 }: Usage): number {
  return inputTokens + outputTokens;
}
