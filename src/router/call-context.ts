import type { Answer } from '../attempt/answer.ts';
import type { RunChain } from '../chain/run.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Asked, CallContext, Context } from './context.ts';

/** What a call's context is made of. */
export interface CallContextOptions extends Omit<CallContext, 'answer' | 'stream'> {
  /** The caller's body as it came; undefined where there was none, or where it held more than this call's input. */
  readonly bytes: Buffer | undefined;
  readonly run: RunChain;
}

/** Makes the context of one call. */
export function createCallContext({ bytes, run, ...rest }: CallContextOptions): CallContext {
  const ask = (asked: Asked, stream: boolean): Promise<Answer> => run({ ...asked, stream, bytes }, rest.scope);
  return {
    ...rest,
    async answer<Value extends object>(asked: Asked) {
      const answer = await ask(asked, false);
      if (answer.kind !== 'json')
        throw new GatewayError('internal_error', { message: 'A stream came where JSON was asked.' });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the dialect has judged it; the type is the operation's promise, as in OpenAI's SDK
      return answer.value as Value;
    },
    async stream<Chunk>(asked: Asked) {
      const answer = await ask(asked, true);
      if (answer.kind !== 'stream')
        throw new GatewayError('internal_error', { message: 'JSON came where a stream was asked.' });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above: the chunks are the vendor's
      return answer.stream as AsyncIterable<Chunk>;
    },
  };
}

/** The context of a request that carries one call. */
export function singleCall(call: CallContext): Context {
  return { id: call.scope.id, call: () => call };
}
