import { z } from 'zod';
import { DISCONNECT_POLICIES } from '../domain/run.ts';
import { duration, size } from './units.ts';

/** Schema of the `runs` section: what is kept of runs, and for how long. */
export const runs = z.strictObject({
  keep: duration.meta({ description: 'How long an ended run is kept. Default: 5m.' }).optional(),
  maxBytes: size
    .meta({ description: 'Most bytes of one run that are kept; the oldest events go first. Default: 32mb.' })
    .optional(),
  memory: size
    .meta({
      description:
        'Most bytes of all runs together. Ended runs go first, then the oldest events of the largest. Default: 256mb.',
    })
    .optional(),
  perKey: z.int().min(1).meta({ description: 'Most runs of one key that have not ended. Default: 100.' }).optional(),
  maxGrace: duration.meta({ description: 'Longest time that a detached run continues. Default: 10m.' }).optional(),
  disconnect: z
    .enum(DISCONNECT_POLICIES)
    .meta({ description: 'What happens to a run whose last reader disconnects, unless it says so. Default: abort.' })
    .optional(),
});
