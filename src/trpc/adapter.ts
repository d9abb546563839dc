import type { AnyTRPCRouter, TRPCError } from '@trpc/server';
import type { ResponseMeta, TRPCRequestInfo } from '@trpc/server/http';
import { GatewayError } from '../domain/errors.ts';
import type { RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools } from '../door/admit.ts';
import { errorHeaders, JSON_HEADERS, requestHeaders } from '../door/headers.ts';
import type { DoorHeaders } from '../door/request.ts';
import type { CallContext, Context } from '../router/context.ts';
import { fromTrpcError, toTrpcError } from '../router/errors.ts';
import { definitionsOf } from '../router/reflect.ts';

/** Most calls in one batch: one URL of commas must not cost thousands of procedures. */
export const MAX_BATCH_SIZE = 10;

/** A request on its way to tRPC's own adapter. */
export interface Carried {
  readonly opened: RequestScope;
  readonly headers: DoorHeaders;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** Gives a request that tRPC's own adapter serves its context; a refused one gets a context whose every call throws the refusal. */
export type AdapterContext = (carried: Carried, info: TRPCRequestInfo) => Context;

/**
 * Makes the contexts of requests that tRPC's own adapter serves. Each call of a batch is a request of its own in the records, with its
 * own scope under the shared id. A subscription is refused: those are the fast writers' alone, because the adapter's stream would make
 * tRPC's client run a generation again after a cut.
 */
export function createAdapterContext(router: AnyTRPCRouter, tools: DoorTools): AdapterContext {
  const definitions = definitionsOf(router);

  function contextOf({ opened, headers, signal }: Carried, info: TRPCRequestInfo): Context {
    if (!info.isBatchCall && info.type === 'subscription')
      throw new GatewayError('invalid_request', { message: 'Ask for a stream by its plain path.' });
    const open = info.calls.every(({ path }) => definitions.get(path)?.meta?.access === 'public');
    const first = admit(tools, opened, { access: open ? 'public' : 'caller', headers });
    const calls = new Map<number, CallContext>();
    return {
      id: opened.id,
      call(index) {
        const known = calls.get(index);
        if (known !== undefined) return known;
        const scope = index === 0 ? first : tools.openScope(opened.id, signal).as(first.principal, first.options);
        const made = tools.callContext(scope, undefined);
        calls.set(index, made);
        return made;
      },
    };
  }

  return (carried, info) => {
    try {
      return contextOf(carried, info);
    } catch (thrown) {
      // Thrown by the call instead of here, so that the error is shaped with the request's id.
      const error = toTrpcError(GatewayError.from(thrown));
      return {
        id: carried.opened.id,
        call() {
          throw error;
        },
      };
    }
  };
}

/** What tRPC's adapter knows of its answer before it writes the head. */
export interface AdapterAnswer {
  readonly ctx?: Context | undefined;
  readonly info?: TRPCRequestInfo | undefined;
  readonly errors: readonly TRPCError[];
}

/** The head of an answer of tRPC's adapter: for a single call the same headers and the same status as through every door. */
export function adapterResponseMeta({ ctx, info, errors }: AdapterAnswer): ResponseMeta {
  if (info !== undefined && info.calls.length > 1) return {};
  const [error] = errors.map(fromTrpcError);
  if (error === undefined) return ctx === undefined ? {} : { headers: new Headers(requestHeaders(ctx.call(0).scope)) };
  // Before it knows the calls, the adapter says no type.
  const type = ctx === undefined ? JSON_HEADERS : {};
  return { status: error.status, headers: new Headers({ ...errorHeaders(error), ...type }) };
}
