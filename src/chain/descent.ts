import type { OnStreamEnd } from '../attempt/answer.ts';
import type { AttemptTools } from '../attempt/attempt-context.ts';
import type { Call } from '../domain/call.ts';
import type { Chain } from '../domain/chain.ts';
import type { Emit } from '../domain/events.ts';
import type { Needs } from '../domain/needs.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import type { Demands } from '../limits/demand.ts';
import type { FailureEffects } from '../limits/apply-failure.ts';
import type { Prices } from '../targets/prices.ts';
import type { Profiles } from '../targets/profiles.ts';
import type { RetryBudget } from '../limits/retry-budget.ts';
import type { Speeds } from '../targets/speeds.ts';
import type { LimitState } from '../state/limit-state.ts';
import type { Queues } from './queue/queues.ts';

/** What is known of those who may be asked. */
export interface PlanTools {
  readonly clock: Clock;
  readonly state: LimitState;
  readonly demands: Demands;
  readonly profiles: Profiles;
  readonly speeds: Speeds;
  readonly prices: Prices;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What the waterfall works with; the same for every request. */
export interface WaterfallTools extends PlanTools {
  readonly attempt: AttemptTools;
  readonly failureEffects: FailureEffects;
  readonly budget: RetryBudget;
  readonly queues: Queues;
  readonly emit: Emit;
}

/** One request's way down. */
export interface Descent {
  readonly call: Call;
  readonly chain: Chain;
  readonly scope: RequestScope;
  readonly needs: Needs;
  /** Told of the committed stream, after what its end teaches is learned. */
  readonly onStreamEnd: OnStreamEnd;
}
