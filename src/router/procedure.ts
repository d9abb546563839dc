import { initTRPC, type TRPCError } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import { isAsyncIterable } from '../domain/event-stream.ts';
import { ANONYMOUS, type Principal } from '../domain/principal.ts';
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
  const refused = refusal(meta?.access ?? 'admin', scope.principal);
  if (refused !== undefined) throw failed(scope, refused);
  // One member: tRPC copies them one by one, several times.
  const result = await next({ ctx: { call } });
  if (!result.ok) throw failed(scope, fromTrpcError(result.error));
  if (!isAsyncIterable(result.data)) scope.finish({ status: 200, code: 'ok' });
  return result;
});

function failed(scope: RequestScope, error: GatewayError): TRPCError {
  scope.fail(error);
  return toTrpcError(error);
}

/** The doors ask for keys; this is what holds should one of them forget. */
function refusal(access: Access, principal: Principal): GatewayError | undefined {
  if (access === 'public') return undefined;
  if (principal === ANONYMOUS) return new GatewayError('invalid_api_key', { message: 'Send your key.' });
  if (access === 'caller' || principal.role === 'admin' || principal.role === 'internal') return undefined;
  return new GatewayError('forbidden', { message: 'This key may not call that.' });
}
