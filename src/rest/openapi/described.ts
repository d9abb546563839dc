import { z } from 'zod';
import type { OtherType } from '../../domain/other-type.ts';

/** A schema with its name in the API's documents, and an example that it accepts. */
export interface Described {
  readonly schema: z.ZodType;
  readonly example: unknown;
}

/** The `type` of a block, an item or an event that is not described. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any text, which the type keeps apart from the described ones
export const otherType = z.string().meta({ description: 'Another type.' }) as unknown as z.ZodType<OtherType>;
