import type { AttemptTools } from '../attempt/attempt-context.ts';
import type { Emit } from '../domain/events.ts';
import { createDemands } from '../limits/demand.ts';
import { createFailureEffects } from '../limits/apply-failure.ts';
import { createPrices } from '../targets/prices.ts';
import { createProfiles } from '../targets/profiles.ts';
import { createRetryBudget } from '../limits/retry-budget.ts';
import { createSpeeds } from '../targets/speeds.ts';
import type { LimitState } from '../state/limit-state.ts';
import { createQueues } from './queue/queues.ts';
import type { WaterfallTools } from './descent.ts';

/** What a waterfall's tools are made of. */
export interface ToolParts {
  readonly attempt: AttemptTools;
  readonly state: LimitState;
  readonly emit: Emit;
}

/** Makes the tools of one gateway's waterfalls, which know nothing of any vendor yet. */
export function createWaterfallTools({ attempt, state, emit }: ToolParts): WaterfallTools {
  const { clock } = attempt;
  return {
    attempt,
    state,
    emit,
    clock,
    failureEffects: createFailureEffects(state, clock),
    demands: createDemands(),
    profiles: createProfiles(),
    speeds: createSpeeds(),
    prices: createPrices(),
    budget: createRetryBudget(),
    queues: createQueues(state, clock),
    random: Math.random,
  };
}
