import { z } from 'zod';
import type { EmbeddingsInput } from '../../domain/embeddings.ts';
import { model, passed, typed } from './fields.ts';

/** Input of embeddings. */
export const embeddingsInput = typed<EmbeddingsInput>(
  z
    .looseObject({
      model,
      input: z
        .unknown()
        .optional()
        .meta({
          anyOf: [{ type: 'string' }, { type: 'array', items: {}, minItems: 1 }],
          description: 'A text, a list of texts, or tokens; a list has one item at least.',
        }),
      encoding_format: passed('string', 'float or base64.'),
      dimensions: passed('integer', 'Number of dimensions, where the model supports a choice.'),
    })
    .meta({ id: 'EmbeddingsRequest', required: ['input'] }),
);
