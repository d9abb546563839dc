import type { TRPCDefaultErrorShape, TRPCError } from '@trpc/server';
import { CallError, type ErrorShape, errorShape, fromTrpcError } from './errors.ts';

/** What tRPC passes to an `errorFormatter`. */
export interface FormattedError<TShape> {
  readonly error: TRPCError;
  readonly shape: TShape;
  readonly path: string | undefined;
}

/**
 * The shape of an error of the gateway's procedures in an application's own tRPC router, as the gateway itself sends it: for the application's
 * `errorFormatter`. Any other error keeps the shape that tRPC has made.
 */
export function formatSpillwayError<TShape = TRPCDefaultErrorShape>({
  error,
  shape,
  path,
}: FormattedError<TShape>): TShape | ErrorShape {
  return error instanceof CallError ? errorShape(fromTrpcError(error), { path, ids: error.ids }) : shape;
}
