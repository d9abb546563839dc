import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import type { Meta } from './context.ts';
import type { Step } from './run-steps.ts';

/** The definition of a procedure, as the router holds it. */
export interface Definition {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: Meta | undefined;
  /** The schema of its input; undefined for a procedure without one. */
  readonly input: z.ZodType | undefined;
  /** Whether the procedure may be called without an input. */
  readonly optional: boolean;
  /** The fields that the schema checks; it takes any value for the others. */
  readonly checked: readonly string[];
  /** Its middlewares, its input's check and its resolver, in the order in which they run. */
  readonly steps: readonly Step[];
}

/** The procedures of a router by their dotted paths. */
export function definitionsOf(router: AnyTRPCRouter): ReadonlyMap<string, Definition> {
  const procedures: Readonly<Record<string, unknown>> = router._def.procedures;
  return new Map(
    Object.entries(procedures).map(([path, procedure]) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tRPC types these members as unknown; the inputs are zod schemas here
      const { _def } = procedure as { readonly _def: Reflected };
      const { type, meta, inputs, middlewares } = _def;
      const [input] = inputs;
      const optional = input === undefined || input.isOptional();
      return [path, { type, meta, input, optional, checked: checkedBy(input), steps: middlewares }];
    }),
  );
}

interface Reflected extends Pick<Definition, 'type' | 'meta'> {
  readonly inputs: readonly z.ZodType[];
  readonly middlewares: readonly Step[];
}

function checkedBy(schema: z.ZodType | undefined): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const fields = Object.entries(schema.shape).filter(([, field]) => !isUnchecked(field));
  return Object.freeze(fields.map(([name]) => name));
}

function isUnchecked(field: unknown): boolean {
  return field instanceof z.ZodUnknown || (field instanceof z.ZodOptional && isUnchecked(field.unwrap()));
}
