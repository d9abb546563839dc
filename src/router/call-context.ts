import type { Answer } from '../attempt/answer.ts';
import type { RunChain } from '../chain/run.ts';
import type { Call } from '../domain/call.ts';
import type { Entry } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import { GatewayError } from '../domain/errors.ts';
import type { ChainPlan, LimitStatus } from '../domain/limit-list.ts';
import type { EntryStatus } from '../domain/models.ts';
import type { RoutedInput } from '../domain/operation.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Asked, CallContext, Context } from './context.ts';

/** What the contexts of all calls reach of their gateway. */
export interface CallServices extends Pick<CallContext, 'ready' | 'configuration' | 'entryStatus'> {
  readonly run: RunChain;
  limits(scope: RequestScope): readonly LimitStatus[];
  watchLimits(scope: RequestScope): AsyncIterable<LimitStatus>;
  explain(scope: RequestScope, call: Call<RoutedInput>): ChainPlan;
}

/** Makes the context of one call. `bytes`: the caller's body as it came; undefined where there was none, or where it held more than this call's input. */
export function createCallContext(services: CallServices, scope: RequestScope, bytes: Buffer | undefined): CallContext {
  return new GatewayCall(services, scope, bytes);
}

class GatewayCall implements CallContext {
  readonly scope: RequestScope;
  readonly #services: CallServices;
  readonly #bytes: Buffer | undefined;

  constructor(services: CallServices, scope: RequestScope, bytes: Buffer | undefined) {
    this.scope = scope;
    this.#services = services;
    this.#bytes = bytes;
  }

  async answer<Value extends object>(asked: Asked): Promise<Value> {
    const answer = await this.#ask(asked, false);
    if (answer.kind !== 'json')
      throw new GatewayError('internal_error', { message: 'A stream came where JSON was asked.' });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the dialect has judged it; the type is the operation's promise, as in OpenAI's SDK
    return answer.value as Value;
  }

  async stream<Chunk>(asked: Asked): Promise<AsyncIterable<Chunk>> {
    const answer = await this.#ask(asked, true);
    if (answer.kind !== 'stream')
      throw new GatewayError('internal_error', { message: 'JSON came where a stream was asked.' });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above: the chunks are the vendor's
    return answer.stream as AsyncIterable<Chunk>;
  }

  ready(): boolean {
    return this.#services.ready();
  }

  configuration(): ConfigurationStatus {
    return this.#services.configuration();
  }

  entryStatus(entry: Entry): EntryStatus {
    return this.#services.entryStatus(entry);
  }

  limits(): readonly LimitStatus[] {
    return this.#services.limits(this.scope);
  }

  watchLimits(): AsyncIterable<LimitStatus> {
    return this.#services.watchLimits(this.scope);
  }

  explain(asked: Asked & { readonly stream: boolean }): ChainPlan {
    return this.#services.explain(this.scope, { ...asked, bytes: this.#bytes });
  }

  #ask({ operation, input }: Asked, stream: boolean): Promise<Answer> {
    return this.#services.run({ operation, input, stream, bytes: this.#bytes }, this.scope);
  }
}

/** The context of a request that carries one call. */
export function singleCall(call: CallContext): Context {
  return { id: call.scope.id, call: () => call };
}
