import type { Answer } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { Chain } from '../domain/chain.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Usage } from '../domain/usage.ts';
import type { WaterfallTools } from './descent.ts';
import { needsOf } from '../operations/needs.ts';
import { waterfall } from './waterfall.ts';

/** A request that is to walk down its chain. */
export interface Walking {
  readonly call: Call;
  readonly chain: Chain;
  readonly scope: RequestScope;
}

/** Told how the stream that is the answer ended, and what it took. */
export type OnEnd = (end: StreamEnd, usage: Usage | undefined) => void;

/** Walks to an answer. Where that is a stream, `onEnd` is told once, and not before it is known to be the answer. Throws a GatewayError. */
export type Walk = (walking: Walking, onEnd: OnEnd) => Promise<Answer>;

/** Makes the walk straight down the chain. */
export function createWalk(tools: WaterfallTools): Walk {
  return async ({ call, chain, scope }, onEnd) => {
    let ended: Parameters<OnEnd> | undefined;
    let answered = false;
    const result = await waterfall(tools, {
      call,
      chain,
      needs: needsOf(call),
      scope,
      onStreamEnd({ end, usage }) {
        // A stream may be through before it is known that it is the answer.
        if (answered) onEnd(end, usage);
        else ended = [end, usage];
      },
    });
    if (result.kind === 'failed') throw result.error;
    answered = true;
    if (ended !== undefined) onEnd(...ended);
    return result.answer;
  };
}
