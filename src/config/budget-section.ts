import { z } from 'zod';
import { Secret } from './secret.ts';
import { token } from './texts.ts';

/** Schema of the `budgets` section: what holds for all budgets. */
export const budgetSection = z.strictObject({
  whenUnknown: z
    .enum(['serve', 'refuse'])
    .meta({
      description:
        'Requests while a shared store does not say what is left of their budgets: serve counts them all the same, refuse answers 503. Default: serve.',
    })
    .optional(),
  webhook: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .meta({ description: 'Gets a POST for each budget that crosses its soft limit or its amount.' })
        // Of many receivers the path or the query is the secret.
        .transform((value) => new Secret(value)),
      secret: token
        .transform((value) => new Secret(value))
        .meta({ description: 'Sent as `authorization: Bearer SECRET`.' })
        .optional(),
    })
    .optional(),
});
