import { z } from 'zod';
import { listModels, modelNotFound, resolveChain } from '../../config/resolve.ts';
import type { Model, ModelList } from '../../domain/models.ts';
import type { CallContext } from '../context.ts';
import { describeModel } from '../describe-model.ts';
import { procedure } from '../procedure.ts';

/** `models.*`, named as in OpenAI's SDK. */
export const models = {
  list: procedure
    .meta({
      access: 'caller',
      summary: 'Every name that may be used as `model`, and what is known of its entries.',
      rest: { method: 'GET', path: '/models', prefix: 'v1', answers: 'ModelList' },
    })
    .query(({ ctx }): ModelList => ({
      object: 'list',
      data: namesOf(ctx.call).map((name) => modelOf(ctx.call, name)),
    })),
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
  return describeModel(name, chain, {
    isPair: !scope.snapshot.chains.has(chain.name),
    contextTokens: (target) => services.contextTokens(target),
  });
}
