import type { Target } from '../domain/chain.ts';
import type { LimitState } from '../state/limit-state.ts';
import { plan } from './plan.ts';
import type { Planned } from './planned.ts';
import type { Descent, PlanTools } from './descent.ts';

/** The plan for one request as things stand now. Asks nobody, and books nothing. */
export function planFor(
  tools: PlanTools,
  { chain, call, needs }: Pick<Descent, 'chain' | 'call' | 'needs'>,
): readonly Planned[] {
  const { state, demands, profiles, speeds, prices } = tools;
  const now = tools.clock.now();
  return plan(chain, {
    now,
    random: tools.random,
    look: (candidate) => state.look(candidate),
    tokensOf: (target) => demands.tokensOf(target, needs),
    surelyOf: (target) => demands.surelyOf(target, needs),
    lackOf: (target) => profiles.lacks(target, needs, now),
    expectedMs: (target) => speeds.expected(target, call.stream),
    priceOf: (target) => prices.of(target, needs, now),
    room: (target) => roomOf(target, state),
  });
}

/** The share of its tightest window that is left. */
function roomOf(target: Target, state: LimitState): number {
  const { windows, concurrency } = state.status(target);
  const shares = windows.map(({ used, limit }) => 1 - used / limit);
  if (concurrency.limit !== undefined) shares.push(1 - concurrency.running / concurrency.limit);
  return Math.max(0, Math.min(1, ...shares));
}
