import type { OnStreamEnd } from '../attempt/answer.ts';
import type { AttemptTools } from '../attempt/attempt-context.ts';
import type { Call } from '../domain/call.ts';
import type { Chain } from '../domain/chain.ts';
import type { Emit } from '../domain/events.ts';
import type { Needs } from '../domain/needs.ts';
import type { Progress } from '../domain/progress.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { CodecOf } from '../dialects/codec-of.ts';
import type { Clock } from '../lib/clock.ts';
import type { Reservation } from '../limits/admission.ts';
import { createFailureEffects, type FailureEffects } from '../limits/failure-effects.ts';
import { createDemands, type Demands } from '../limits/demand.ts';
import { createHedgeBudget, type HedgeBudget } from '../limits/hedge-budget.ts';
import { createRefusedRequests, type RefusedRequests } from '../limits/refused-requests.ts';
import { createRefusingEntries, type RefusingEntries } from '../limits/refusing-entries.ts';
import { createRetryBudget, type RetryBudget } from '../limits/retry-budget.ts';
import type { Overload } from '../overload/overload.ts';
import type { LimitState } from '../state/limit-state.ts';
import { createPrices, type Prices } from '../targets/prices.ts';
import { createProfiles, type Profiles } from '../targets/profiles.ts';
import { createSpeeds, type Speeds } from '../targets/speeds.ts';
import { createGrowingWaits, type GrowingWaits } from './growing-waits.ts';
import { createLastResorts, type LastResorts } from './last-resorts.ts';
import { createQueues, type Queues } from './queue/queues.ts';

/** What a plan is made from: everything that is known of targets. */
export interface PlanTools {
  readonly clock: Clock;
  readonly state: LimitState;
  readonly demands: Demands;
  readonly profiles: Profiles;
  readonly speeds: Speeds;
  readonly prices: Prices;
  readonly refusingEntries: RefusingEntries;
  readonly codecOf: CodecOf;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What the waterfall works with; the same for every request of a gateway. */
export interface WaterfallTools extends PlanTools {
  readonly attempt: AttemptTools;
  readonly failureEffects: FailureEffects;
  readonly refusedRequests: RefusedRequests;
  readonly budget: RetryBudget;
  readonly hedgeBudget: HedgeBudget;
  readonly queues: Queues;
  readonly lastResorts: LastResorts;
  readonly growingWaits: GrowingWaits;
  readonly emit: Emit;
  readonly progress: Progress;
  readonly overload: Pick<Overload, 'level'>;
}

/** One request on its way down its chain. */
export interface ChainRequest {
  readonly call: Call;
  readonly chain: Chain;
  readonly scope: RequestScope;
  readonly needs: Needs;
  /** What the principal holds for it. */
  readonly admitted: Reservation;
  /** Called when the committed stream has ended, after everything that its end teaches is recorded. */
  readonly onStreamEnd: OnStreamEnd;
}

/** What a gateway gives its waterfall. */
export interface ToolParts {
  readonly attempt: AttemptTools;
  readonly state: LimitState;
  readonly emit: Emit;
  readonly progress: Progress;
  readonly overload: Pick<Overload, 'level'>;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Makes the tools of one gateway, which know nothing of any target yet. */
export function createWaterfallTools(parts: ToolParts): WaterfallTools {
  const { attempt, state, emit, progress, overload, random } = parts;
  const { clock, codecOf } = attempt;
  return {
    attempt,
    codecOf,
    state,
    emit,
    progress,
    overload,
    clock,
    random,
    failureEffects: createFailureEffects(state, clock),
    demands: createDemands(),
    profiles: createProfiles(),
    speeds: createSpeeds(),
    prices: createPrices(),
    refusingEntries: createRefusingEntries(),
    refusedRequests: createRefusedRequests(),
    budget: createRetryBudget(),
    hedgeBudget: createHedgeBudget(),
    queues: createQueues(state, clock),
    lastResorts: createLastResorts(),
    growingWaits: createGrowingWaits(),
  };
}
