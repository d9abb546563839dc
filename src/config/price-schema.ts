import { z } from 'zod';

/** Above it a price is a mistake. It keeps every sum exact. */
const MAX_PRICE = 1_000_000;

const perMillion = z.number().min(0).max(MAX_PRICE);
const ofPart = (whole: string): z.ZodOptional<typeof perMillion> =>
  perMillion.meta({ description: `US dollars per million tokens. Default: the price of ${whole}.` }).optional();

/** Schema of what a model costs. */
export const price = z.strictObject({
  input: perMillion.meta({ description: 'US dollars per million tokens.' }),
  output: perMillion.meta({ description: 'US dollars per million tokens.' }),
  cachedInput: ofPart('input'),
  cacheWrite: ofPart('input'),
  audioInput: ofPart('input'),
  audioOutput: ofPart('output'),
  perRequest: perMillion
    .meta({ description: 'US dollars for each request, beside its tokens. Default: 0.' })
    .optional(),
});

/** Schema of the `prices` section. */
export const prices = z.strictObject({
  file: z
    .string()
    .min(1, 'must not be empty')
    .meta({ description: 'A YAML or JSON file with prices by provider/model, read again when it changes.' })
    .optional(),
});
