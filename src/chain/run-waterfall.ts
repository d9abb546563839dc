import type { Answer, EndedStream } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { Chain } from '../domain/chain.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import type { Needs } from '../domain/needs.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Usage } from '../domain/usage.ts';
import type { WaterfallTools } from './tools.ts';
import { recordUsage, type UsedStream } from './trail.ts';
import { waterfall } from './waterfall.ts';

/** A request and the chain that serves it. */
export interface RoutedCall {
  readonly call: Call;
  readonly chain: Chain;
  readonly scope: RequestScope;
  readonly needs: Needs;
}

/** How the stream that is the answer ended; without usage where no stream of the chain's was read. */
export interface AnswerEnd {
  readonly end: StreamEnd;
  readonly usage: Usage | undefined;
  /** Bytes of events passed on. */
  readonly bytes: number | undefined;
}

/** Called once when the stream that is the answer has ended, and not before it is known to be the answer. */
export type OnEnd = (ended: AnswerEnd) => void;

/** Runs a request down its chain to an answer. Throws a GatewayError. */
export type RunWaterfall = (routed: RoutedCall, onStreamEnd: OnEnd) => Promise<Answer>;

/** Makes the waterfall of one gateway. */
export function createWaterfall(tools: WaterfallTools): RunWaterfall {
  return async (routed, onEnd) => {
    let ended: EndedStream | undefined;
    let answeredBy: Pick<UsedStream, 'step' | 'target'> | undefined;
    const finish = (by: Pick<UsedStream, 'step' | 'target'>, stream: EndedStream): void => {
      recordUsage(tools, routed, { ...by, usage: stream.usage });
      onEnd(stream);
    };
    const result = await waterfall(tools, {
      ...routed,
      onStreamEnd(stream) {
        // A stream may be complete before it is known to be the answer.
        ended = stream;
        if (answeredBy !== undefined) finish(answeredBy, ended);
      },
    });
    if (result.kind === 'failed') throw result.error;
    answeredBy = result;
    if (ended !== undefined) finish(answeredBy, ended);
    return result.answer;
  };
}
