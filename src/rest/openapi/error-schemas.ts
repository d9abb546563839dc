import { z } from 'zod';
import { OPERATIONS } from '../../operations/operations.ts';
import { anthropicErrorBody } from '../../operations/anthropic-error-body.ts';
import type { ProcedureRoute } from '../routes.ts';
import type { Described } from './described.ts';

/** What the gateway adds to the error of any API. */
const added = {
  models: z
    .array(z.string())
    .optional()
    .meta({ description: 'Names that may be sent as `model`, at most 50; only where another one was sent.' }),
  chain: z.string().optional().meta({ description: 'The chain that found no answer.' }),
  retry_at: z.iso.datetime().optional(),
  attempts: z
    .array(
      z.looseObject({
        provider: z.string(),
        model: z.string(),
        key: z.int().optional(),
        outcome: z.string(),
        reason: z.string().optional().meta({
          description: 'Why an entry was skipped; `hedge_lost`: the other one of two attempts ended the request.',
        }),
        status: z.int().optional(),
        message: z
          .string()
          .optional()
          .meta({ description: 'With `x-spillway-include: trail`, and for keys of the role `admin`.' }),
        duration_ms: z.int().optional(),
      }),
    )
    .optional()
    .meta({ description: 'The attempts and the skipped entries, in order.' }),
};

const EXHAUSTED = Object.freeze({
  message: 'No entry could answer: 1 throttled.',
  code: 'all_providers_exhausted',
  chain: 'default',
  attempts: [{ provider: 'groq', model: 'llama-3.3-70b-versatile', outcome: 'throttled', status: 429 }],
});

/** The bodies of errors by name: OpenAI's, and that of Anthropic's Messages API. */
export const ERROR_SCHEMAS = Object.freeze({
  Error: {
    schema: z.object({
      error: z.looseObject({
        message: z.string(),
        type: z.string(),
        param: z.string().nullable(),
        code: z.string().nullable(),
        ...added,
      }),
    }),
    example: { error: { ...EXHAUSTED, type: 'upstream_error', param: null } },
  },
  MessagesError: {
    schema: z.object({
      type: z.literal('error'),
      error: z.looseObject({
        type: z.string(),
        message: z.string(),
        code: z.string().nullable(),
        param: z.string().optional(),
        ...added,
      }),
      request_id: z.string(),
    }),
    example: { type: 'error', error: { ...EXHAUSTED, type: 'overloaded_error' }, request_id: 'req_1' },
  },
} satisfies Record<string, Described>);

/** The name of the body that the errors of a route have. */
export function errorSchemaOf({ operation }: ProcedureRoute): keyof typeof ERROR_SCHEMAS {
  return operation !== undefined && OPERATIONS[operation].errorBody === anthropicErrorBody ? 'MessagesError' : 'Error';
}
