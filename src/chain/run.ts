import type { Answer, OnStreamEnd } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { RoutedInput } from '../domain/operation.ts';
import { resolveChain } from '../config/resolve.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Admission } from '../limits/admission.ts';
import { onEnd } from '../sse/on-end.ts';
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
    let settled = false;
    const settle: typeof reservation.settle = (usage) => {
      if (!settled) reservation.settle(usage);
      settled = true;
    };
    const ended: OnStreamEnd = (end, usage) => {
      settle(usage);
      scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code, usage });
    };
    // A short stream can be through before the walk has written down who served it; its end is then told right after.
    let early: (() => void) | undefined;
    let served: Answer | undefined;
    const walk = throughStages(stages, async (staged, stagedScope) => {
      const result = await waterfall(tools, {
        call: staged,
        chain,
        scope: stagedScope,
        onStreamEnd(end, usage) {
          if (scope.report.served === undefined) early = () => ended(end, usage);
          else ended(end, usage);
        },
      });
      if (result.kind === 'failed') throw result.error;
      early?.();
      return (served = result.answer);
    });
    try {
      const answer = await walk(call, scope);
      if (answer.kind === 'stream') {
        // What no entry has served, but a stage of its own, tells its end to nobody else.
        if (answer.stream === (served?.kind === 'stream' ? served.stream : undefined)) return answer;
        return { kind: 'stream', stream: onEnd(answer.stream, (end) => ended(end, undefined)) };
      }
      settle(answer.usage);
      scope.finish({ status: 200, code: 'ok', usage: answer.usage });
      return answer;
    } catch (error) {
      settle(undefined);
      throw error;
    }
  };
}
