import { type AnyTRPCRouter, callTRPCProcedure } from '@trpc/server';
import { fromTrpcError } from './errors.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import type { Definition } from './reflect.ts';

/** One call of a procedure. */
export interface Performance {
  readonly router: AnyTRPCRouter;
  /** Dotted. */
  readonly path: string;
  readonly type: Definition['type'];
  /** Parsed, not checked yet. */
  readonly input: unknown;
  readonly context: Context;
}

/** Calls a procedure of a router for a request with one call. Rejects with a GatewayError; the request's end is told by the procedure. */
export async function perform({ router, path, type, input, context }: Performance): Promise<unknown> {
  try {
    const value: unknown = await callTRPCProcedure({
      router,
      path,
      type,
      ctx: context,
      getRawInput: () => Promise.resolve(input),
      signal: context.call(0).scope.signal,
      batchIndex: 0,
    });
    return value;
  } catch (thrown) {
    throw isTrpcError(thrown) ? fromTrpcError(thrown) : GatewayError.from(thrown);
  }
}

function isTrpcError(thrown: unknown): thrown is Parameters<typeof fromTrpcError>[0] {
  return thrown instanceof Error && thrown.name === 'TRPCError';
}
