import { z } from 'zod';

/** Schema of the `metrics` section: who may read `/metrics`, and how much is in it. */
export const metrics = z
  .strictObject({
    public: z
      .boolean()
      .meta({ description: 'Whether GET /metrics needs no key. Default: false, for viewers and admins only.' })
      .optional(),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .meta({ description: 'A port of its own for /metrics, without keys, beside the one of the server.' })
      .optional(),
    host: z
      .string()
      .min(1, 'must not be empty')
      .meta({ description: 'The address of that port. Default: the host of the server.' })
      .optional(),
    keys: z
      .number()
      .int()
      .min(0)
      .max(5000)
      .meta({ description: 'How many keys have series of their own; further ones are (other). Default: 200.' })
      .optional(),
    maxSeries: z
      .number()
      .int()
      .min(1000)
      .max(100_000)
      .meta({ description: 'Most series; further ones are merged into (other). Default: 10000.' })
      .optional(),
  })
  .refine(({ host, port }) => host === undefined || port !== undefined, {
    path: ['host'],
    message: 'has no effect without metrics.port; add the port',
  });
