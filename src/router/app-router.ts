import { z } from 'zod';
import { listChains, listModels } from '../config/resolve.ts';
import type { ChatCompletion, ChatCompletionChunk } from '../domain/chat.ts';
import type { Embeddings } from '../domain/embeddings.ts';
import { GatewayError } from '../domain/errors.ts';
import type { ChainPlan, LimitList } from '../domain/limit-list.ts';
import {
  type ChainList,
  type ChainStatusList,
  type Health,
  type Model,
  type ModelList,
  toModel,
  toSummary,
} from '../domain/models.ts';
import type { CallContext } from './context.ts';
import { chatInput, chatStreamInput, embeddingsInput, explainInput } from './inputs.ts';
import { procedure, router } from './procedure.ts';

/** The public API. Every door is made from it: names and inputs follow OpenAI's SDK. */
export const appRouter = router({
  chat: {
    completions: {
      create: procedure
        .meta({
          access: 'caller',
          summary: 'Answers a conversation, whole or as a stream.',
          rest: {
            method: 'POST',
            path: '/chat/completions',
            prefix: 'v1',
            answers: 'ChatCompletion',
            streams: 'chat.completions.stream',
          },
        })
        .input(chatInput)
        .mutation(({ ctx, input }) => ctx.call.answer<ChatCompletion>({ operation: 'chat.completions', input })),
      stream: procedure
        .meta({ access: 'caller', summary: 'Answers a conversation chunk by chunk.' })
        .input(chatStreamInput)
        .subscription(({ ctx, input }) =>
          ctx.call.stream<ChatCompletionChunk>({ operation: 'chat.completions', input }),
        ),
    },
  },
  embeddings: {
    create: procedure
      .meta({
        access: 'caller',
        summary: 'Turns texts into vectors.',
        rest: { method: 'POST', path: '/embeddings', prefix: 'v1', answers: 'Embeddings' },
      })
      .input(embeddingsInput)
      .mutation(({ ctx, input }) => ctx.call.answer<Embeddings>({ operation: 'embeddings', input })),
  },
  models: {
    list: procedure
      .meta({
        access: 'caller',
        summary: 'Every name that may stand in `model`.',
        rest: { method: 'GET', path: '/models', prefix: 'v1', answers: 'ModelList' },
      })
      .query(({ ctx }): ModelList => ({ object: 'list', data: modelsOf(ctx.call).map(toModel) })),
    retrieve: procedure
      .meta({
        access: 'caller',
        summary: 'One of these names.',
        rest: { method: 'GET', path: '/models/{model}', prefix: 'v1', answers: 'Model' },
      })
      .input(z.object({ model: z.string() }))
      .query(({ ctx, input }): Model => {
        if (modelsOf(ctx.call).includes(input.model)) return toModel(input.model);
        throw new GatewayError('model_not_found', {
          message: `The model '${input.model}' does not exist here.`,
          param: 'model',
        });
      }),
  },
  chains: {
    list: procedure
      .meta({
        access: 'caller',
        summary: 'The chains you may use, and what each asks in which order.',
        rest: { method: 'GET', path: '/chains', prefix: 'v1', answers: 'ChainList' },
      })
      .query(({ ctx }): ChainList => ({
        object: 'list',
        data: listChains(ctx.call.scope.snapshot, ctx.call.scope.principal).map(
          ({ name, entries, deadline, commit }) => ({
            id: name,
            object: 'chain',
            entries: entries.map(({ provider, model }) => ({ provider, model })),
            deadline,
            commit,
          }),
        ),
      })),
    status: procedure
      .meta({
        access: 'admin',
        summary: 'What of each chain can be asked now, and how the configuration came to be.',
        rest: { method: 'GET', path: '/chains/status', prefix: 'v1', answers: 'ChainStatusList' },
      })
      .query(({ ctx }): ChainStatusList => ({
        object: 'list',
        configuration: toSummary(ctx.call.configuration()),
        data: listChains(ctx.call.scope.snapshot, ctx.call.scope.principal).map(({ name, entries }) => ({
          id: name,
          object: 'chain.status',
          entries: entries.map((entry) => ctx.call.entryStatus(entry)),
        })),
      })),
    explain: procedure
      .meta({
        access: 'admin',
        summary: 'What would be asked for a request, in which order and why. Nothing is sent.',
        rest: { method: 'POST', path: '/chains/explain', prefix: 'v1', answers: 'ChainPlan' },
      })
      .input(explainInput)
      .mutation(({ ctx, input: { operation, ...input } }): ChainPlan =>
        ctx.call.explain({ operation, input, stream: input.stream === true }),
      ),
  },
  limits: {
    list: procedure
      .meta({
        access: 'admin',
        summary: 'What is known of the limits of every model under every key, and what is used of them.',
        rest: { method: 'GET', path: '/limits', prefix: 'v1', answers: 'LimitList' },
      })
      .query(({ ctx }): LimitList => ({ object: 'list', data: ctx.call.limits() })),
    watch: procedure
      .meta({ access: 'admin', summary: 'The same as it changes: every row first, then each that changes.' })
      .subscription(({ ctx }) => ctx.call.watchLimits()),
  },
  health: {
    live: procedure
      .meta({
        access: 'public',
        summary: 'Whether the process runs.',
        rest: { method: 'GET', path: '/livez', prefix: 'root', answers: 'Health' },
      })
      .query((): Health => ({ status: 'ok' })),
    ready: procedure
      .meta({
        access: 'public',
        summary: 'Whether the gateway takes requests.',
        rest: { method: 'GET', path: '/readyz', prefix: 'root', answers: 'Health' },
      })
      .query(({ ctx }): Health => {
        if (!ctx.call.ready()) throw new GatewayError('not_ready', { message: 'The gateway takes no requests now.' });
        // Everybody may ask, and only those who may see the configuration are told of it.
        if (ctx.call.scope.principal.role === 'caller') return { status: 'ok' };
        return { status: 'ok', configuration: toSummary(ctx.call.configuration()) };
      }),
  },
});

/** The type that clients are inferred from. */
export type AppRouter = typeof appRouter;

function modelsOf({ scope }: CallContext): string[] {
  return listModels(scope.snapshot, scope.principal);
}
