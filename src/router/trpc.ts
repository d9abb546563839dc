import { initTRPC, type TRPCError } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import type { Access, Context, Meta } from './context.ts';
import { toTrpcError } from './errors.ts';

const trpc = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    defaultMeta: { access: 'admin' },
    errorFormatter({ shape, error, ctx }) {
      const known = GatewayError.from(error);
      const { code: _, httpStatus: __, path } = shape.data;
      return {
        ...shape,
        message: known.wire.message,
        data: {
          ...shape.data,
          path,
          ...known.wire,
          status: known.status,
          requestId: ctx?.scope.id,
          attempts: known.details.attempts,
        },
      };
    },
  });

/** Makes a router of procedures. */
export const { router } = trpc;

/** Every procedure is made of this: it checks who may call, and turns whatever is thrown into a coded error. */
export const procedure = trpc.procedure.use(async ({ ctx, meta, next, path }) => {
  ctx.scope.report.operation = path;
  if (!mayCall(meta?.access ?? 'admin', ctx.scope.principal.role)) {
    throw toTrpcError(new GatewayError('forbidden', { message: 'This key may not call that.' }));
  }
  const result = await next();
  if (result.ok) return result;
  throw toTrpcError(inputError(result.error));
});

function mayCall(access: Access, role: Context['scope']['principal']['role']): boolean {
  return access === 'public' || access === 'caller' || role === 'admin' || role === 'internal';
}

/** Zod's complaints about an input, as one sentence that names the first field. */
function inputError(error: TRPCError): GatewayError {
  const { cause } = error;
  if (error.code !== 'BAD_REQUEST' || !(cause instanceof Error) || !('issues' in cause) || !Array.isArray(cause.issues))
    return GatewayError.from(error);
  const [issue]: unknown[] = cause.issues;
  const fields: { path?: unknown; message?: unknown } = typeof issue === 'object' && issue !== null ? issue : {};
  const param = Array.isArray(fields.path) && fields.path.length > 0 ? fields.path.map(String).join('.') : undefined;
  return new GatewayError('invalid_request', { message: `${param ?? 'The body'}: ${String(fields.message)}`, param });
}
