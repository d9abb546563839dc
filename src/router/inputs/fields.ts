import { z } from 'zod';
import { MAX_NAME_LENGTH } from '../../config/resolve-models.ts';

/** What JSON Schema says of a list. */
interface ArraySchema {
  readonly items: object;
  readonly maxItems?: number;
}

type Kind = 'boolean' | 'string' | 'number' | 'integer' | 'array' | 'object';

/** A field that is documented and sent on, but not checked: the provider decides. Null means absent. */
export function passed(kinds: Kind | readonly Kind[], description: string, array: ArraySchema = { items: {} }) {
  const type = [...[kinds].flat(), 'null'];
  const items = type.includes('array') ? array : {};
  const members = type.includes('object') ? { additionalProperties: {} } : {};
  return z
    .unknown()
    .optional()
    .meta({ type, ...items, ...members, description });
}

/** The turns of a conversation. The operation checks them, also that they are there: they may be large, and are not parsed. `roles`: examples. */
export function turns(roles: readonly string[], description: string) {
  const role = { type: 'string', examples: roles };
  return z
    .unknown()
    .optional()
    .meta({
      type: 'array',
      minItems: 1,
      items: { type: 'object', properties: { role }, required: ['role'], additionalProperties: {} },
      description,
    });
}

/** The field that selects the chain. */
export const model = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .optional()
  .meta({ description: 'A chain, an alias or provider/model; the default chain unless given.' });

/** The only value that a procedure accepts for `stream`, and the procedure for the other value. */
interface StreamMember {
  readonly value: boolean;
  readonly other: string;
}

/** The field by which a client requests a stream. A request for the other form is refused, because the procedure cannot answer it as requested. */
export function streamMember({ value, other }: StreamMember) {
  return z
    .literal(value, {
      error: ({ input }) => (input === !value ? `must not be ${!value}; call ${other} for that` : 'must be a boolean'),
    })
    .nullish();
}

/** Gives a schema the type that the API documents. The schema checks only what the gateway uses; the provider checks the rest. */
export function typed<Output, Input = Output>(schema: z.ZodType): z.ZodType<Output, Input> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the purpose of this function
  return schema as z.ZodType<Output, Input>;
}
