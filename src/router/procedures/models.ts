import { z } from 'zod';
import { listModels } from '../../config/resolve.ts';
import { GatewayError } from '../../domain/errors.ts';
import { type Model, type ModelList, toModel } from '../../domain/models.ts';
import type { CallContext } from '../context.ts';
import { procedure } from '../procedure.ts';

/** `models.*`, named as in OpenAI's SDK. */
export const models = {
  list: procedure
    .meta({
      access: 'caller',
      summary: 'Every name that may be used as `model`.',
      rest: { method: 'GET', path: '/models', prefix: 'v1', answers: 'ModelList' },
    })
    .query(({ ctx }): ModelList => ({ object: 'list', data: namesOf(ctx.call).map(toModel) })),
  retrieve: procedure
    .meta({
      access: 'caller',
      summary: 'One name that may be used as `model`.',
      rest: { method: 'GET', path: '/models/{model}', prefix: 'v1', answers: 'Model' },
    })
    .input(z.strictObject({ model: z.string() }))
    .query(({ ctx, input }): Model => {
      if (namesOf(ctx.call).includes(input.model)) return toModel(input.model);
      throw new GatewayError('model_not_found', {
        message: `The model '${input.model}' does not exist here.`,
        param: 'model',
      });
    }),
};

function namesOf({ scope }: CallContext): string[] {
  return listModels(scope.snapshot, scope.principal);
}
