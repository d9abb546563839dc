import type { Answer } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { EventStream, StreamEnd } from '../domain/event-stream.ts';
import type { RoutedInput } from '../domain/operation.ts';
import { resolveChain } from '../config/resolve.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Usage } from '../domain/usage.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import type { Admission } from '../limits/admission.ts';
import { onEnd } from '../sse/on-end.ts';
import { needsOf } from './needs.ts';
import { openEarly } from './open-early.ts';
import { type Stage, throughStages } from './stage.ts';
import type { WaterfallTools } from './descent.ts';
import { waterfall } from './waterfall.ts';

/** Answers a call by its chain. Throws a GatewayError where no answer is to be had. */
export type RunChain = (call: Call<RoutedInput>, scope: RequestScope) => Promise<Answer>;

/** What a runner is made of. */
export interface RunnerOptions {
  readonly tools: WaterfallTools;
  readonly admission: Admission;
  readonly stages: readonly Stage[];
}

/** What is known of a stream that the chain has served. */
interface Served {
  end: StreamEnd | undefined;
  usage: Usage | undefined;
  /** Set once it is the answer. */
  tell: ((end: StreamEnd) => void) | undefined;
}

/** Makes the runner: resolve the chain, admit the principal once, go through the stages, walk; the request's end is told once. */
export function createRunner({ tools, admission, stages }: RunnerOptions): RunChain {
  return async (call, scope) => {
    const chain = resolveChain(scope.snapshot, scope.principal, call.input.model);
    scope.report.chain = chain.name;
    const reservation = admission.reserve(scope.principal);
    // A stream may be through before it is known whether it is the answer, and a stage may ask more than once.
    const served = new Map<EventStream<unknown>, Served>();
    const walks = new Set<AbortScope>();
    const walk = throughStages(stages, async (staged, stagedScope) => {
      const own: Served = { end: undefined, usage: undefined, tell: undefined };
      const way = openAbortScope(stagedScope.signal);
      walks.add(way);
      const result = await waterfall(tools, {
        call: staged,
        chain,
        needs: needsOf(staged),
        scope: { ...stagedScope, signal: way.signal },
        onStreamEnd({ end, usage }) {
          own.end = end;
          own.usage = usage;
          own.tell?.(end);
        },
      });
      walks.delete(way);
      // A committed stream's wire runs through its scope, which goes with the request's.
      if (result.kind === 'failed' || result.answer.kind === 'json') way[Symbol.dispose]();
      if (result.kind === 'failed') throw result.error;
      if (result.answer.kind === 'stream') served.set(result.answer.stream, own);
      return result.answer;
    });
    /** Whatever a stage has asked for and handed to nobody must not go on. */
    const dropAllBut = (answer: EventStream<unknown> | undefined): void => {
      for (const stream of served.keys()) if (stream !== answer) void stream[Symbol.asyncDispose]();
      for (const way of walks) way.abort('hedge_lost');
    };

    async function answerOnce(asking: RequestScope): Promise<Answer> {
      try {
        const answer = await walk(call, asking);
        if (answer.kind === 'json') {
          dropAllBut(undefined);
          reservation.settle(answer.usage);
          scope.finish({ status: 200, code: 'ok', usage: answer.usage });
          return answer;
        }
        const { stream } = answer;
        const tell = (end: StreamEnd): void => {
          const usage = [...served.values()].findLast((each) => each.usage !== undefined)?.usage;
          reservation.settle(usage);
          scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code, usage });
          dropAllBut(stream);
        };
        const own = served.get(stream);
        // What a stage has made or wrapped ends when it ends, and not when what is inside of it does.
        if (own === undefined) return { kind: 'stream', stream: onEnd(stream, tell) };
        if (own.end === undefined) own.tell = tell;
        else tell(own.end);
        return answer;
      } catch (error) {
        dropAllBut(undefined);
        reservation.settle(undefined);
        throw error;
      }
    }

    if (!call.stream || chain.openAfter === undefined) return answerOnce(scope);
    return openEarly(answerOnce, { clock: tools.attempt.clock, after: chain.openAfter, scope });
  };
}
