import { initTRPC } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import { isAsyncIterable } from '../domain/event-stream.ts';
import { ANONYMOUS, INTERNAL, type Principal, type Role } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Access, CallContext, Context, Meta } from './context.ts';
import { CallError, type ErrorShape, errorShape, fromTrpcError } from './errors.ts';

const trpc = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter: ({ error, ctx, path }): ErrorShape =>
      errorShape(fromTrpcError(error), { path, ids: error instanceof CallError ? error.ids : ctx?.ids }),
  });

/** Makes a router of procedures. */
export const { router } = trpc;

/**
 * The base of every procedure. It checks access, turns whatever is thrown into a GatewayError, and finishes the request; the chain finishes
 * that of a stream. It returns results unchanged: a wrapper would hide a stream's raw face.
 */
export const procedure = trpc.procedure.use(async ({ ctx, meta, next, path, type, batchIndex }) => {
  const call = ctx.call(batchIndex);
  const { scope } = call;
  scope.report.operation = path;
  const denied = denialOf(meta?.access ?? 'admin', scope.principal);
  if (denied !== undefined) throw fail(scope, denied);
  if (type === 'subscription' && meta?.operation === undefined && meta?.resumable === undefined) {
    const refused = refusalOfSubscription(call);
    if (refused !== undefined) throw fail(scope, refused);
    scope.report.subscription = true;
  }
  // One member: tRPC copies the context's members one by one, several times.
  const result = await next({ ctx: { call } });
  if (!result.ok) throw fail(scope, fromTrpcError(result.error));
  if (!isAsyncIterable(result.data)) scope.finish({ status: 200, code: 'ok' });
  return result;
});

/** Most open subscriptions of one principal that no chain answers: each of them stays open until its client disconnects. */
const MAX_SUBSCRIPTIONS = 100;

function refusalOfSubscription({ scope: { principal }, services }: CallContext): GatewayError | undefined {
  if (principal === INTERNAL || services.subscriptionsOf(principal.id) < MAX_SUBSCRIPTIONS) return undefined;
  const message = `This key has ${MAX_SUBSCRIPTIONS} open subscriptions; close one of them.`;
  return new GatewayError('too_many_subscriptions', { message, shouldRetry: false });
}

function fail(scope: RequestScope, error: GatewayError): CallError {
  scope.fail(error);
  return new CallError(error, scope);
}

/** Roles in ascending order of what they may call. */
const RANKS: Readonly<Record<Role, number>> = Object.freeze({ caller: 1, viewer: 2, admin: 3, internal: 3 });

/** The error of a principal without access. The doors check keys first; this check holds even if a door does not. */
export function denialOf(access: Access, principal: Principal): GatewayError | undefined {
  if (access === 'public') return undefined;
  if (principal === ANONYMOUS)
    return new GatewayError('invalid_api_key', { message: 'No key was sent; send it as `authorization: Bearer KEY`.' });
  if (RANKS[principal.role] >= RANKS[access]) return undefined;
  return new GatewayError('forbidden', { message: `This call needs a key with the role ${access}.` });
}
