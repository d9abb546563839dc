import type { Call } from '../domain/call.ts';
import type { Quirks } from '../domain/chain.ts';
import type { FailureKind } from '../domain/outcome.ts';
import type { Usage } from '../domain/usage.ts';
import { estimateUsage } from '../operations/estimate-usage.ts';
import type { FailedResult } from './answer.ts';

/** Failures of a request that was sent and may have been processed: its provider bills at least the prompt. */
const BILLED: ReadonlySet<FailureKind> = new Set(['silent', 'malformed', 'cancelled']);

/** A failed attempt, and whether anything was sent. */
export interface LostAttempt extends Pick<FailedResult, 'failure' | 'used'> {
  readonly sent: boolean;
}

/** What a failed attempt has used as far as it is billed: what is known, or else the prompt, by estimate. Undefined where it costs nothing. */
export function usageOfFailed({ failure, used, sent }: LostAttempt, call: Call): Usage | undefined {
  const { kind, status, replyTimedOut = false } = failure;
  // A connection that breaks off after the head of a 2xx has lost an answer that was being made; so has a wait that was given up.
  const isBilled = BILLED.has(kind) || replyTimedOut || (kind === 'unreachable' && status !== undefined);
  // A reply of another status is a refusal, whatever became of its body.
  if (used !== undefined || !sent || !isBilled || (status ?? 200) >= 300 || call.operation.free) return used;
  return estimateUsage(call, 0);
}

/**
 * What a cancelled request is billed, of which `seen` is known. Some providers bill all output that it allows: `allowed` tokens, 0 where it sets no
 * bound.
 */
export function usageOfCancelled(seen: Usage, { cancelled }: Pick<Quirks, 'cancelled'>, allowed: number): Usage {
  const { output = 0 } = seen;
  if (cancelled === 'seen' || allowed <= output) return seen;
  return { ...seen, output: allowed, source: 'estimated' };
}
