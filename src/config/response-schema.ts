import { z } from 'zod';
import { duration, size } from './units.ts';

/** Schema of the `responses` section: whether responses are kept, so that a later request can continue them by their id. */
export const responses = z.strictObject({
  store: z.literal('memory').meta({ description: 'Keep responses in this process. Default: none is kept.' }),
  keep: duration.meta({ description: 'How long a response is kept after its last use. Default: 24h.' }).optional(),
  memory: size
    .meta({ description: 'Most bytes of all responses; the ones unused for longest go first. Default: 64mb.' })
    .optional(),
});
