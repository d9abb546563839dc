import type { Chain } from '../domain/chain.ts';
import type { Failure } from '../domain/outcome.ts';
import { pause } from '../lib/pause.ts';
import type { Turn } from './candidates.ts';
import type { WaterfallTools } from './descent.ts';

/** A turn that failed, and how often its entry was asked again before. */
export interface FailedTurn {
  readonly turn: Turn;
  readonly failure: Failure;
  readonly again: number;
  readonly chain: Chain;
  readonly signal: AbortSignal;
  /** Milliseconds until the chain's deadline. */
  readonly timeLeft: number;
}

/**
 * Whether an overloaded entry is asked again before the next one is, and when: after a wait by chance, up to twice as long each time, so that
 * those who were refused together do not come back together. Undefined where the chain does not want it, the budget is used up, the time is
 * short, or something stands against the entry by now.
 */
export async function retryTurn(tools: WaterfallTools, failed: FailedTurn): Promise<Turn | undefined> {
  const { turn, failure, again, chain, signal } = failed;
  const { retry } = chain;
  if (retry === undefined || again >= retry.overloaded || failure.kind !== 'overloaded') return undefined;
  const wait = tools.random() * (2 ** (again + 1) - 1) * retry.backoff;
  // Who says when he may be asked again is not asked before.
  const until = failure.reading?.retryAt ?? 0;
  if (until > tools.clock.now() + wait) return undefined;
  if (wait >= failed.timeLeft || !tools.budget.mayRetry(turn.planned.target.counterKey)) return undefined;
  await pause(tools.attempt.clock, wait, signal);
  if (signal.aborted) return undefined;
  const { hold } = await tools.state.take([turn.planned.candidate]);
  return hold && { kind: 'turn', planned: turn.planned, hold };
}
