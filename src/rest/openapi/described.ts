import type { z } from 'zod';

/** A schema with its name in the API's documents, and an example that it accepts. */
export interface Described {
  readonly schema: z.ZodType;
  readonly example: unknown;
}
