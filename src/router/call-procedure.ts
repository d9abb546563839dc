import { GatewayError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import { fromTrpcError } from './errors.ts';
import type { Definition } from './definitions.ts';
import { runSteps } from './run-steps.ts';

/** One call of a procedure. */
export interface ProcedureCall {
  /** The dotted path of the procedure. */
  readonly path: string;
  /** The parsed input, not checked yet. */
  readonly input: unknown;
  readonly context: Context;
}

/** Calls a procedure for a request that carries one call. Rejects with a GatewayError. The procedure itself finishes the request's scope. */
export type CallProcedure = (call: ProcedureCall) => Promise<unknown>;

/** Makes the function that calls a router's procedures, given their definitions. */
export function createCallProcedure(definitions: ReadonlyMap<string, Definition>): CallProcedure {
  return async ({ path, input, context }) => {
    const definition = definitions.get(path);
    if (definition === undefined)
      throw new GatewayError('not_found', { message: `There is no procedure ${path.slice(0, 200)}.` });
    const { type, meta, steps } = definition;
    const { signal } = context.call(0).scope;
    const result = await runSteps(
      steps,
      { path, type, meta, signal, batchIndex: 0 },
      { ctx: context, input: undefined, getRawInput: () => Promise.resolve(input) },
    );
    if (result.ok) return result.data;
    throw fromTrpcError(result.error);
  };
}
