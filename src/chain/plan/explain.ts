import type { Call } from '../../domain/call.ts';
import type { ChainPlan } from '../../domain/limit-list.ts';
import type { RequestScope } from '../../domain/scope.ts';
import { routeOf } from '../route.ts';
import type { Admission } from '../../limits/admission.ts';
import type { PlanTools } from '../tools.ts';
import { planFor } from './plan.ts';
import { skipReasonOf } from './reasons.ts';

/** What a plan is explained with. */
export interface ExplainTools extends PlanTools {
  readonly admission: Pick<Admission, 'wouldExclude'>;
}

/**
 * The plan of a call: which targets would be tried, in which order and why, with the limits and budgets of the scope's principal. Sends and reserves nothing. Throws
 * what `routeOf` does.
 */
export function explainPlan(tools: ExplainTools, scope: RequestScope, requested: Call): ChainPlan {
  const { chain, call } = routeOf(scope, requested);
  const needs = call.operation.needsOf(call.body, call.content);
  const { principal } = scope;
  const excludes = tools.admission.wouldExclude?.({ principal, call, chain, needs, now: tools.clock.now() });
  const planned = planFor(tools, { chain, call, scope, needs, admitted: { excludes } });
  return {
    object: 'chain.plan',
    chain: chain.name,
    policy: chain.policy,
    data: planned.map(({ entry: { provider, model }, target, candidate, state, obstacle, lack, reason }) => {
      const retryAt = obstacle !== undefined && 'retryAt' in obstacle ? obstacle.retryAt : undefined;
      return {
        provider,
        model,
        key: target.keyNumber ?? null,
        action: state,
        code: skipReasonOf({ lack, obstacle }) ?? null,
        reason,
        tokens: candidate.tokens,
        retry_at: retryAt === undefined ? null : Math.round(retryAt),
      };
    }),
  };
}
