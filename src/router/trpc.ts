import { initTRPC, type TRPCError } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import { isAsyncIterable } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Access, Context, Meta } from './context.ts';
import { type ErrorShape, errorShape, fromTrpcError, toTrpcError } from './errors.ts';

const trpc = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter: ({ error, ctx, path }): ErrorShape =>
      errorShape(fromTrpcError(error), { path, requestId: ctx?.id }),
  });

/** Makes a router of procedures. */
export const { router } = trpc;

/**
 * Every procedure is made of this: it checks who may call, turns whatever is thrown into a coded error, and tells the request's end
 * (a stream's end is told by the chain). It hands results on as they are: a wrapper would hide a stream's raw face.
 */
export const procedure = trpc.procedure.use(async ({ ctx, meta, next, path, batchIndex }) => {
  const call = ctx.call(batchIndex);
  const { scope } = call;
  scope.report.operation = path;
  if (!mayCall(meta?.access ?? 'admin', scope.principal.role))
    throw failed(scope, new GatewayError('forbidden', { message: 'This key may not call that.' }));
  const result = await next({ ctx: call });
  if (!result.ok) throw failed(scope, fromTrpcError(result.error));
  if (!isAsyncIterable(result.data)) scope.finish({ status: 200, code: 'ok' });
  return result;
});

function failed(scope: RequestScope, error: GatewayError): TRPCError {
  scope.fail(error);
  return toTrpcError(error);
}

function mayCall(access: Access, role: RequestScope['principal']['role']): boolean {
  return access === 'public' || access === 'caller' || role === 'admin' || role === 'internal';
}
