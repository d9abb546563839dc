import type { TRPCError } from '@trpc/server';
import type { ResponseMeta, TRPCRequestInfo } from '@trpc/server/http';
import { ERRORS, type ErrorCode, GatewayError } from '../domain/errors.ts';
import { abortError } from '../domain/abort-error.ts';
import { copyClientFacts, type RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools, occupiesChain } from '../door/admit.ts';
import { errorHeaders, idHeaders, JSON_HEADERS, NOT_STORED, requestHeaders } from '../door/headers.ts';
import type { DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import type { CallContext, Context } from '../router/context.ts';
import { fromTrpcError } from '../router/errors.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import { type AdapterCalls, MAX_BATCH_SIZE } from './match.ts';
import { type Inputs, readCalls } from './read-calls.ts';

/** A request that tRPC's own adapter answers. Each of its calls is a request of its own in the records, with its own id. */
export interface AdapterRequest {
  readonly kind: 'adapter';
  readonly context: Context;
  /** Headers of the answer: the ids, and that no cache keeps it. Queries are GETs, whose answers depend on who sends them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The inputs that the adapter parses, in place of the body; undefined for a GET, which has none. */
  readonly inputs: Inputs | undefined;
  /** Notes a refusal before a procedure was reached: of the call of one path, or of all calls. */
  noteRefusal(path: string | undefined, error: GatewayError): void;
  /** Records that the response was sent completely under a status: ends every call that no procedure has ended. Idempotent. */
  finish(status: number): void;
}

/** A request for the adapter, opened but not admitted. */
export interface OpenedAdapterRequest {
  readonly opened: RequestScope;
  readonly request: DoorRequest;
  readonly calls: AdapterCalls;
}

/**
 * Admits a request for the adapter, with a place for each call that takes one, and reads its body only then. Rejects as `admit` does, and with every error of a body that the other doors
 * have.
 */
export async function admitForAdapter(
  tools: DoorTools,
  { opened, request, calls }: OpenedAdapterRequest,
): Promise<AdapterRequest> {
  const first = admit(tools, opened, { ...request, ...calls });
  using taken = new DisposableStack();
  const places = calls.definitions.map((each) =>
    each?.meta !== undefined && occupiesChain(each.meta) ? taken.use(tools.places.take(first.principal)) : undefined,
  );
  const read =
    request.method === 'POST'
      ? await readCalls(request, opened.signal, { calls, limits: tools.jsonLimits })
      : undefined;
  if (read !== undefined) first.received();
  // From here on each call ends, and frees its own.
  taken.move();
  [opened.report.place] = places;
  const scopes = new Map<number, RequestScope>([[0, first]]);
  const contexts = new Map<number, CallContext>();
  const codes = new Map<string, ErrorCode>();

  function scopeOf(index: number): RequestScope {
    const known = scopes.get(index);
    if (known !== undefined) return known;
    const own = tools.openScope(opened.clientRequestId, request.abort);
    copyClientFacts(opened.report, own.report);
    own.report.operation = calls.operations[index] ?? '';
    own.report.place = places[index];
    const made = own.as(first.principal, first.options);
    scopes.set(index, made);
    return made;
  }

  // The end of one call unlinks the scope that all calls share.
  const link = request.signal && onAbort(request.signal, () => request.abort.abort('client_closed'));

  function finish(status: number): void {
    link?.[Symbol.dispose]();
    const single = calls.paths.length === 1;
    for (const [index, path] of calls.paths.entries()) {
      const code = codes.get(path) ?? codes.get('') ?? 'ok';
      scopeOf(index).finish({ status: single || code === 'ok' ? status : ERRORS[code].status, code });
    }
  }

  // A procedure ends its own call, with the trail, by a listener that runs after this one: hence the microtask. For a response that waits
  // behind another one on its socket Node emits nothing when the socket closes.
  onAbort(opened.signal, () => {
    link?.[Symbol.dispose]();
    queueMicrotask(() => {
      const error = abortError(abortCode(opened.signal));
      for (const index of calls.paths.keys()) if (!contexts.has(index)) scopeOf(index).fail(error);
    });
  });

  return {
    kind: 'adapter',
    headers: { ...idHeaders(opened), ...NOT_STORED },
    inputs: read?.inputs,
    context: {
      ids: opened,
      call(index) {
        const known = contexts.get(index);
        if (known !== undefined) return known;
        const made = tools.callContext(scopeOf(index), {
          body: read?.bodies[index],
          headers: request.headers,
          browser: () => tools.browsers.facts(request),
        });
        contexts.set(index, made);
        return made;
      },
    },
    noteRefusal: (path, { code }) => void codes.set(path ?? '', code),
    finish,
  };
}

/** What tRPC's adapter reports of its answer before it writes the head. */
export interface AdapterAnswer {
  readonly ctx?: Context | undefined;
  readonly info?: TRPCRequestInfo | undefined;
  readonly errors: readonly TRPCError[];
  /** True for a batch in lines, whose head is written before its answers are known. */
  readonly eagerGeneration?: boolean | undefined;
}

/** The head of an answer by tRPC's adapter: the real status where all calls have the same, and for a single call the headers of the other doors. */
export function adapterResponseMeta({ ctx, info, errors, eagerGeneration }: AdapterAnswer): ResponseMeta {
  const calls = info?.calls.length ?? 1;
  const known = errors.map(fromTrpcError);
  const [error] = known;
  if (error !== undefined) {
    const sameStatus = known.length === calls && known.every(({ status }) => status === error.status);
    // The adapter sets no content-type for an error before it knows the calls.
    const type = info === undefined ? JSON_HEADERS : {};
    return {
      status: sameStatus ? error.status : 207,
      headers: new Headers({ ...(sameStatus ? errorHeaders(error) : {}), ...type }),
    };
  }
  if (calls > 1 || ctx === undefined || eagerGeneration === true) return {};
  return { headers: new Headers(requestHeaders(ctx.call(0).scope)) };
}

/** The options of tRPC's adapters that are the same for every kind of request; see `adapterOptions`. */
export interface AdapterOptions<TRequest> {
  readonly router: AppRouter;
  readonly maxBatchSize: number;
  readonly createContext: (options: { readonly req: TRequest }) => Context;
  readonly responseMeta: typeof adapterResponseMeta;
  readonly onError: (failure: {
    readonly error: TRPCError;
    readonly path?: string | undefined;
    readonly req: TRequest;
  }) => void;
}

/** Makes them. `admittedOf` returns what was admitted for the adapter's own kind of request; undefined for one that was not. */
export function adapterOptions<TRequest>(
  router: AppRouter,
  admittedOf: (request: TRequest) => AdapterRequest | undefined,
): AdapterOptions<TRequest> {
  return {
    router,
    maxBatchSize: MAX_BATCH_SIZE,
    createContext({ req }) {
      const admitted = admittedOf(req);
      if (admitted === undefined) throw new GatewayError('internal_error', { message: 'The request is not admitted.' });
      return admitted.context;
    },
    responseMeta: adapterResponseMeta,
    onError: ({ error, path, req }) => admittedOf(req)?.noteRefusal(path, fromTrpcError(error)),
  };
}
