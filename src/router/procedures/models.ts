import { z } from 'zod';
import { listModels, modelNotFound, resolveChain, withAllowedEntries } from '../../config/resolve.ts';
import type { Model, ModelList } from '../../domain/models.ts';
import type { CallContext } from '../context.ts';
import { describeModel } from '../describe-model.ts';
import { modelListInput } from '../inputs/model-list-input.ts';
import { pageOf } from '../page-of.ts';
import { procedure } from '../procedure.ts';

/** `models.*`, named as in the SDKs of OpenAI and Anthropic. */
export const models = {
  list: procedure
    .meta({
      access: 'caller',
      summary: 'Every name that may be used as `model`, and what is known of its entries.',
      rest: { method: 'GET', path: '/models', prefix: 'v1', answers: 'ModelList' },
    })
    .input(modelListInput)
    .query(({ ctx, input = {} }): ModelList => {
      const { names, hasMore } = pageOf(namesOf(ctx.call), input);
      return {
        object: 'list',
        data: names.map((name) => modelOf(ctx.call, name)),
        has_more: hasMore,
        first_id: names[0] ?? null,
        last_id: names.at(-1) ?? null,
        // openai/codex#22205
        ...(input.client_version === undefined ? {} : { models: [] }),
      };
    }),
  retrieve: procedure
    .meta({
      access: 'caller',
      summary: 'One name that may be used as `model`, and what is known of its entries.',
      rest: { method: 'GET', path: '/models/{+model}', prefix: 'v1', answers: 'Model' },
    })
    .input(z.strictObject({ model: z.string() }))
    .query(({ ctx, input }): Model => {
      if (namesOf(ctx.call).includes(input.model)) return modelOf(ctx.call, input.model);
      const { snapshot, principal } = ctx.call.scope;
      throw modelNotFound(snapshot, principal, input.model);
    }),
};

function namesOf({ scope }: CallContext): string[] {
  return listModels(scope.snapshot, scope.principal);
}

function modelOf({ scope, services }: CallContext, name: string): Model {
  const chain = resolveChain(scope.snapshot, scope.principal, name);
  return describeModel(name, withAllowedEntries(chain, scope.principal), {
    isPair: !scope.snapshot.chains.has(chain.name),
    contextTokens: (target) => services.contextTokens(target),
  });
}
