import { z } from 'zod';
import { MAX_NAME_LENGTH } from '../../config/resolve-models.ts';
import type { ModelListInput } from '../../domain/models.ts';
import { typed } from './fields.ts';

/** Most models of one page, as in Anthropic's API. */
const MAX_PAGE = 1000;

/** Input of the list of models. */
export const modelListInput = typed<ModelListInput | undefined>(
  z
    .strictObject({
      limit: z
        .int()
        .min(1)
        .max(MAX_PAGE)
        .optional()
        .meta({ description: 'The largest number of models; all of them unless given.' }),
      after_id: z
        .string()
        .max(MAX_NAME_LENGTH)
        .optional()
        .meta({ description: 'The id behind which the list begins.' }),
      before_id: z.string().max(MAX_NAME_LENGTH).optional().meta({ description: 'The id before which the list ends.' }),
      client_version: z
        .string()
        .optional()
        .meta({ description: 'Sent by Codex, which requires a member `models` in the list.' }),
    })
    .optional(),
);
