import type { AnyTRPCRouter } from '@trpc/server';
import type { z } from 'zod';
import type { Meta } from './context.ts';
import type { Step } from './run-steps.ts';

/** The definition of a procedure, as the router holds it. */
export interface Definition {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: Meta | undefined;
  /** The schema of its input; undefined for a procedure without one. */
  readonly input: z.ZodType | undefined;
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
      return [path, { type, meta, input: inputs[0], steps: middlewares }];
    }),
  );
}

interface Reflected extends Pick<Definition, 'type' | 'meta'> {
  readonly inputs: readonly z.ZodType[];
  readonly middlewares: readonly Step[];
}
