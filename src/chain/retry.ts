import type { Chain } from '../domain/chain.ts';
import type { Failure } from '../domain/outcome.ts';
import { pause } from '../lib/pause.ts';
import type { Selected } from './candidates.ts';
import type { Planned } from './plan/planned.ts';
import type { WaterfallTools } from './tools.ts';

/** A failed attempt, and how often its target was retried before. */
export interface FailedAttempt {
  readonly planned: Planned;
  readonly failure: Failure;
  readonly retries: number;
  /** Whether another entry is left to try. */
  readonly hasNext: () => boolean;
  readonly chain: Chain;
  readonly signal: AbortSignal;
  /** Milliseconds until the chain's deadline. */
  readonly timeLeft: number;
}

/**
 * Reserves an overloaded target again after a randomised backoff that doubles with each retry, so that requests refused together do not
 * retry together. Undefined where the gateway itself is overloaded and another entry is left, where the chain allows no more retries, the retry budget or the time is used up, the provider names a later time, or
 * an obstacle has appeared.
 */
export async function retryTarget(tools: WaterfallTools, failed: FailedAttempt): Promise<Selected | undefined> {
  const { planned, failure, retries, chain, signal } = failed;
  const { retry } = chain;
  if (retry === undefined || retries >= retry.overloaded || failure.kind !== 'overloaded') return undefined;
  if (tools.overload.level > 0 && failed.hasNext()) return undefined;
  const wait = tools.random() * (2 ** (retries + 1) - 1) * retry.backoff;
  const retryAt = failure.reading?.retryAt ?? 0;
  if (retryAt > tools.clock.now() + wait) return undefined;
  if (wait >= failed.timeLeft || !tools.budget.mayRetry(planned.target.counterKey)) return undefined;
  await pause(tools.clock, wait, signal);
  if (signal.aborted) return undefined;
  const { hold } = await tools.state.take([planned.candidate]);
  return hold && { kind: 'selected', planned, hold };
}
