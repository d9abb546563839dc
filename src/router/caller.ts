import { callTRPCProcedure, createTRPCRecursiveProxy, type inferRouterInputs } from '@trpc/server';
import type { ChatCompletion, ChatCompletionChunk, ChatInput } from '../domain/chat.ts';
import type { Embeddings, EmbeddingsInput } from '../domain/embeddings.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import { isEventStream } from '../domain/event-stream.ts';
import type { Model, ModelList } from '../domain/models.ts';
import type { RequestOptions, RequestScope } from '../domain/scope.ts';
import { type AppRouter, appRouter } from './app-router.ts';
import type { Context } from './context.ts';

/** What a call in process may say beside its input. */
export interface CallOptions extends RequestOptions {
  /** Ends the call and the upstream's exchange. */
  readonly signal?: AbortSignal | undefined;
}

/** The router's procedures as functions. They reject with a GatewayError. */
export interface Caller {
  readonly chat: {
    readonly completions: {
      create(input: ChatInput, options?: CallOptions): Promise<ChatCompletion>;
      stream(input: ChatInput, options?: CallOptions): Promise<EventStream<ChatCompletionChunk>>;
    };
  };
  readonly embeddings: { create(input: EmbeddingsInput, options?: CallOptions): Promise<Embeddings> };
  readonly models: {
    list(input?: undefined, options?: CallOptions): Promise<ModelList>;
    retrieve(input: inferRouterInputs<AppRouter>['models']['retrieve'], options?: CallOptions): Promise<Model>;
  };
}

/** What the caller is made of. */
export interface CallerOptions {
  readonly openScope: (options: CallOptions) => RequestScope;
  readonly contextOf: (scope: RequestScope) => Context;
}

/** Makes the in-process door: one scope per call, the same procedures as every other door. */
export function createCaller({ openScope, contextOf }: CallerOptions): Caller {
  const proxy = createTRPCRecursiveProxy(async ({ path, args }) => {
    const [input, given] = args;
    // The interface above types the arguments; the proxy sees them bare.
    const scope = openScope((given ?? {}) as CallOptions);
    const name = path.join('.');
    try {
      const value: unknown = await callTRPCProcedure({
        router: appRouter,
        path: name,
        type: typeOf(name),
        ctx: contextOf(scope),
        getRawInput: () => Promise.resolve(input),
        signal: scope.signal,
        batchIndex: 0,
      });
      if (!isEventStream(value)) scope.finish({ status: 200, code: 'ok' });
      return value;
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      scope.finish({ status: error.status, code: error.code });
      throw error;
    }
  });
  // The proxy answers any path; the interface names those that exist.
  return proxy as unknown as Caller;
}

function typeOf(path: string): 'query' | 'mutation' | 'subscription' {
  const procedures: Record<string, unknown> = { ...appRouter._def.procedures };
  // tRPC's documented reflection, typed as unknown members.
  const found = procedures[path] as
    | { readonly _def: { readonly type: 'query' | 'mutation' | 'subscription' } }
    | undefined;
  if (found === undefined) throw new GatewayError('not_found', { message: `There is no procedure ${path}.` });
  return found._def.type;
}
