import type { Answer } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { RoutedInput } from '../domain/operation.ts';
import { resolveChain } from '../config/resolve.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Admission } from '../limits/admission.ts';
import { type Stage, throughStages } from './stage.ts';
import { waterfall, type WaterfallTools } from './waterfall.ts';

/** Answers a call by its chain. Throws a GatewayError where no answer is to be had. */
export type RunChain = (call: Call<RoutedInput>, scope: RequestScope) => Promise<Answer>;

/** What a runner is made of. */
export interface RunnerOptions {
  readonly tools: WaterfallTools;
  readonly admission: Admission;
  readonly stages: readonly Stage[];
}

/** Makes the runner: resolve the chain, admit the principal once, go through the stages, walk; the request's end is told once. */
export function createRunner({ tools, admission, stages }: RunnerOptions): RunChain {
  return async (call, scope) => {
    const chain = resolveChain(scope.snapshot, scope.principal, call.input.model);
    scope.report.chain = chain.name;
    const reservation = admission.reserve(scope.principal);
    // A short stream can be through before the walk has written down who served it; its end is then told right after.
    let early: (() => void) | undefined;
    const walk = throughStages(stages, async (staged, stagedScope) => {
      const result = await waterfall(tools, {
        call: staged,
        chain,
        scope: stagedScope,
        onStreamEnd(end, usage) {
          const tell = (): void => {
            reservation.settle(usage);
            scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code, usage });
          };
          if (scope.report.served === undefined) early = tell;
          else tell();
        },
      });
      if (result.kind === 'failed') throw result.error;
      early?.();
      return result.answer;
    });
    try {
      const answer = await walk(call, scope);
      if (answer.kind === 'json') {
        reservation.settle(answer.usage);
        scope.finish({ status: 200, code: 'ok', usage: answer.usage });
      }
      return answer;
    } catch (error) {
      reservation.settle(undefined);
      throw error;
    }
  };
}
