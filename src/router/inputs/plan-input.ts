import { z } from 'zod';
import { OPERATION_NAMES } from '../../domain/operation-names.ts';
import type { ExplainedInput, ExplainInput } from '../explain-input.ts';
import { model, typed } from './fields.ts';

/** Input of a plan: the body of a chat completion, or of the operation that `operation` names. */
export const explainInput = typed<ExplainedInput, ExplainInput>(
  z
    .looseObject({
      model,
      operation: z
        .enum(OPERATION_NAMES)
        .default('chat.completions')
        .meta({ description: 'The operation that the rest of the body is a request for.' }),
      stream: z.boolean().nullish(),
      messages: z.array(z.unknown()).nullish().meta({ description: 'The conversation. Its size counts in the plan.' }),
    })
    .meta({ id: 'ChainExplainRequest' }),
);
