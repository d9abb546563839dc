import type { Call } from '../../domain/call.ts';
import type { ChainPlan } from '../../domain/limit-list.ts';
import type { RequestScope } from '../../domain/scope.ts';
import { routeOf } from '../route.ts';
import type { PlanTools } from '../tools.ts';
import { planFor } from './plan.ts';

/** The plan of a call: which targets would be tried, in which order and why. Sends and reserves nothing. Throws what `routeOf` does. */
export function explainPlan(tools: PlanTools, scope: RequestScope, requested: Call): ChainPlan {
  const { chain, call } = routeOf(scope, requested);
  const planned = planFor(tools, { chain, call, scope, needs: call.operation.needsOf(call.body, call.content) });
  return {
    object: 'chain.plan',
    chain: chain.name,
    policy: chain.policy,
    data: planned.map(({ entry: { provider, model }, target, candidate, state, obstacle, reason }) => {
      const retryAt = obstacle !== undefined && 'retryAt' in obstacle ? obstacle.retryAt : undefined;
      return {
        provider,
        model,
        key: target.keyNumber ?? null,
        action: state,
        reason,
        tokens: candidate.tokens,
        retry_at: retryAt === undefined ? null : Math.round(retryAt),
      };
    }),
  };
}
