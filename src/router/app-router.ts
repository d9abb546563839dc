import { z } from 'zod';
import { listModels } from '../config/resolve.ts';
import type { Call } from '../domain/call.ts';
import { type ChatCompletion, type ChatCompletionChunk, chatInput } from '../domain/chat.ts';
import { type Embeddings, embeddingsInput } from '../domain/embeddings.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import { type Model, type ModelList, toModel } from '../domain/models.ts';
import type { Context } from './context.ts';
import { procedure, router } from './trpc.ts';

/** The public API. Every door is made from it: names and inputs follow OpenAI's SDK. */
export const appRouter = router({
  chat: {
    completions: {
      create: procedure
        .meta({
          access: 'caller',
          rest: { method: 'POST', path: '/chat/completions', prefix: 'v1', streams: 'chat.completions.stream' },
        })
        .input(chatInput)
        .mutation(({ ctx, input }) =>
          answerJson<ChatCompletion>(ctx, { operation: 'chat.completions', input, stream: false }),
        ),
      stream: procedure
        .meta({ access: 'caller' })
        .input(chatInput)
        .subscription(({ ctx, input }) =>
          answerStream<ChatCompletionChunk>(ctx, { operation: 'chat.completions', input, stream: true }),
        ),
    },
  },
  embeddings: {
    create: procedure
      .meta({ access: 'caller', rest: { method: 'POST', path: '/embeddings', prefix: 'v1' } })
      .input(embeddingsInput)
      .mutation(({ ctx, input }) => answerJson<Embeddings>(ctx, { operation: 'embeddings', input, stream: false })),
  },
  models: {
    list: procedure
      .meta({ access: 'caller', rest: { method: 'GET', path: '/models', prefix: 'v1' } })
      .query(({ ctx }): ModelList => ({ object: 'list', data: modelsOf(ctx).map(toModel) })),
    retrieve: procedure
      .meta({ access: 'caller', rest: { method: 'GET', path: '/models/{model}', prefix: 'v1' } })
      .input(z.object({ model: z.string() }))
      .query(({ ctx, input }): Model => {
        if (modelsOf(ctx).includes(input.model)) return toModel(input.model);
        throw new GatewayError('model_not_found', {
          message: `The model '${input.model}' does not exist here.`,
          param: 'model',
        });
      }),
  },
  health: {
    live: procedure
      .meta({ access: 'public', rest: { method: 'GET', path: '/livez', prefix: 'root' } })
      .query(() => ({ status: 'ok' })),
    ready: procedure
      .meta({ access: 'public', rest: { method: 'GET', path: '/readyz', prefix: 'root' } })
      .query(({ ctx }) => {
        if (ctx.ready()) return { status: 'ok' };
        throw new GatewayError('not_ready', { message: 'The gateway takes no requests now.' });
      }),
  },
});

/** The type that clients are inferred from. */
export type AppRouter = typeof appRouter;

type Asked = Omit<Call<{ model?: string | undefined }>, 'bytes'>;

async function answerJson<Value>(ctx: Context, asked: Asked): Promise<Value> {
  const answer = await ctx.run({ ...asked, bytes: ctx.bytes }, ctx.scope);
  if (answer.kind !== 'json')
    throw new GatewayError('internal_error', { message: 'A stream came where JSON was asked.' });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the dialect has judged it; the type is the operation's promise, as in OpenAI's SDK
  return answer.value as Value;
}

async function answerStream<Chunk>(ctx: Context, asked: Asked): Promise<EventStream<Chunk>> {
  const answer = await ctx.run({ ...asked, bytes: ctx.bytes }, ctx.scope);
  if (answer.kind !== 'stream')
    throw new GatewayError('internal_error', { message: 'JSON came where a stream was asked.' });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above: the chunks are the vendor's
  return answer.stream as EventStream<Chunk>;
}

function modelsOf(ctx: Context): string[] {
  return listModels(ctx.scope.snapshot, ctx.scope.principal);
}
