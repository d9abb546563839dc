import { createTRPCRecursiveProxy, type inferRouterInputs } from '@trpc/server';
import type { ChatCompletion, ChatCompletionChunk, ChatInput } from '../domain/chat.ts';
import type { Embeddings, EmbeddingsInput } from '../domain/embeddings.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { ChainPlan, ExplainInput, LimitList, LimitStatus } from '../domain/limit-list.ts';
import type { ChainList, ChainStatusList, Model, ModelList } from '../domain/models.ts';
import type { RequestOptions, RequestScope } from '../domain/scope.ts';
import { type AppRouter, appRouter } from './app-router.ts';
import type { Context } from './context.ts';
import { createCallProcedure } from './call-procedure.ts';
import { definitionsOf } from './definitions.ts';

/** What a call in process may say beside its input. */
export interface CallOptions extends RequestOptions {
  /** Ends the call and the upstream's exchange. */
  readonly signal?: AbortSignal | undefined;
}

/** The router's procedures as functions. They reject with a GatewayError. */
export interface Caller {
  readonly chat: {
    readonly completions: {
      create(input: ChatInput<false>, options?: CallOptions): Promise<ChatCompletion>;
      stream(input: ChatInput<true>, options?: CallOptions): Promise<EventStream<ChatCompletionChunk>>;
    };
  };
  readonly embeddings: { create(input: EmbeddingsInput, options?: CallOptions): Promise<Embeddings> };
  readonly models: {
    list(input?: undefined, options?: CallOptions): Promise<ModelList>;
    retrieve(input: inferRouterInputs<AppRouter>['models']['retrieve'], options?: CallOptions): Promise<Model>;
  };
  readonly chains: {
    list(input?: undefined, options?: CallOptions): Promise<ChainList>;
    status(input?: undefined, options?: CallOptions): Promise<ChainStatusList>;
    explain(input: ExplainInput, options?: CallOptions): Promise<ChainPlan>;
  };
  readonly limits: {
    list(input?: undefined, options?: CallOptions): Promise<LimitList>;
    watch(input?: undefined, options?: CallOptions): Promise<EventStream<LimitStatus>>;
  };
}

/** What the caller is made of. */
export interface CallerOptions {
  readonly openScope: (options: CallOptions) => RequestScope;
  readonly contextOf: (scope: RequestScope) => Context;
}

/** Makes the in-process door: one scope per call, the same procedures as every other door. */
export function createCaller({ openScope, contextOf }: CallerOptions): Caller {
  const definitions = definitionsOf(appRouter);
  const perform = createCallProcedure(definitions);
  const proxy: unknown = createTRPCRecursiveProxy(async ({ path, args }) => {
    const [input, given] = args;
    const name = path.join('.');
    // Before its scope is opened: nobody would end it.
    if (!definitions.has(name)) throw new GatewayError('not_found', { message: `There is no procedure ${name}.` });
    return perform({ path: name, input, context: contextOf(openScope(given ?? {})) });
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the proxy answers any path; the interface names those that exist
  return proxy as Caller;
}
