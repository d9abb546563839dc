import { z } from 'zod';
import type { Config } from './schema.ts';
import { duration, size } from './units.ts';

/** Schema of the `responses` section: whether responses are kept, so that a later request can continue them by their id. */
export const responses = z.strictObject({
  store: z.literal('memory').meta({ description: 'Keep responses in this process. Default: none is kept.' }),
  keep: duration.meta({ description: 'How long a response is kept after its last use. Default: 24h.' }).optional(),
  memory: size
    .meta({ description: 'Most bytes of all responses; the ones unused for longest go first. Default: 64mb.' })
    .optional(),
});

/** The `responses` section with every default. Times in milliseconds, sizes in bytes. */
export interface ResponseSettings {
  readonly keep: number;
  readonly memory: number;
}

const MB = 1024 * 1024;

/** The settings of kept responses; undefined where none are kept. */
export function responseSettings({ responses: own }: Pick<Config, 'responses'>): ResponseSettings | undefined {
  return own === undefined ? undefined : { keep: own.keep ?? 86_400_000, memory: own.memory ?? 64 * MB };
}
