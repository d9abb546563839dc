import type { Answer } from '../attempt/answer.ts';
import { resolveChain } from '../config/resolve.ts';
import type { Call } from '../domain/call.ts';
import type { RoutedInput } from '../domain/operation.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Admission } from '../limits/admission.ts';
import type { WaterfallTools } from './descent.ts';
import { openEarly } from './open-early.ts';
import type { Stage } from './stage.ts';
import { createStagedWalk } from './run-stages.ts';
import { createWalk } from './walk.ts';

/** Answers a call by its chain. Throws a GatewayError, or rejects with one, where no answer is to be had. */
export type RunChain = (call: Call<RoutedInput>, scope: RequestScope) => Promise<Answer>;

/** What a runner is made of. */
export interface RunnerOptions {
  readonly tools: WaterfallTools;
  readonly admission: Admission;
  readonly stages: readonly Stage[];
}

/** Makes the runner: resolve the chain, admit the principal once, go through the stages, walk; the request's end is told once. */
export function createRunner({ tools, admission, stages }: RunnerOptions): RunChain {
  const straight = createWalk(tools);
  const walk = stages.length === 0 ? straight : createStagedWalk(straight, stages);
  return (call, scope) => {
    const chain = resolveChain(scope.snapshot, scope.principal, call.input.model);
    scope.report.chain = chain.name;
    const reservation = admission.reserve(scope.principal);

    async function answerOnce(asking: RequestScope): Promise<Answer> {
      try {
        const answer = await walk({ call, chain, scope: asking }, (end, usage) => {
          reservation.settle(usage);
          scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code, usage });
        });
        if (answer.kind === 'stream') return answer;
        reservation.settle(answer.usage);
        scope.finish({ status: 200, code: 'ok', usage: answer.usage });
        return answer;
      } catch (error) {
        reservation.settle(undefined);
        throw error;
      }
    }

    if (!call.stream || chain.openAfter === undefined) return answerOnce(scope);
    return openEarly(answerOnce, { clock: tools.attempt.clock, after: chain.openAfter, scope });
  };
}
