import type { TRPCError } from '@trpc/server';
import type { ResponseMeta, TRPCRequestInfo } from '@trpc/server/http';
import { ERRORS, type ErrorCode, type GatewayError } from '../domain/errors.ts';
import { abortError } from '../domain/abort-error.ts';
import type { RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools } from '../door/admit.ts';
import { errorHeaders, JSON_HEADERS, requestHeaders } from '../door/headers.ts';
import { parseBody, refuseDuplicates } from '../door/body.ts';
import type { DoorRequest } from '../door/request.ts';
import type { CallContext, Context } from '../router/context.ts';
import { fromTrpcError } from '../router/errors.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import { topLevelMembers } from '../lib/json-members.ts';
import type { AdapterCalls } from './match.ts';

/** A request that was left to tRPC's own adapter: each of its calls is a request of its own in the records, under one id. */
export interface Carried {
  readonly kind: 'carried';
  readonly context: Context;
  /** The whole of its body; undefined for a request by GET, which has none. */
  readonly body: Buffer | undefined;
  /** Notes what was refused before a procedure was reached: of one path, or of all. */
  refused(path: string | undefined, error: GatewayError): void;
  /** The response is through, under this status: tells the end of every call that no procedure has told. Idempotent. */
  through(status: number): void;
}

/** A request for the adapter, opened but not admitted. */
export interface Carriage {
  readonly opened: RequestScope;
  readonly request: DoorRequest;
  readonly calls: AdapterCalls;
}

/**
 * Admits a request for the adapter before anything of its body is read, then reads it. Rejects with `invalid_api_key`, what the options'
 * reader throws, and what a body is refused for at every door.
 */
export async function carry(tools: DoorTools, { opened, request, calls }: Carriage): Promise<Carried> {
  const first = admit(tools, opened, { ...request, ...calls });
  const body = request.method === 'POST' ? await request.body(opened.signal) : undefined;
  const inputs = body === undefined ? [] : inputsOf(body, calls);
  const scopes = new Map<number, RequestScope>([[0, first]]);
  const contexts = new Map<number, CallContext>();
  const codes = new Map<string, ErrorCode>();

  function scopeOf(index: number): RequestScope {
    const known = scopes.get(index);
    if (known !== undefined) return known;
    const made = tools.openScope(opened.id, request.abort).as(first.principal, first.options);
    made.report.remoteAddress = request.remoteAddress;
    made.report.operation = calls.operations[index] ?? '';
    scopes.set(index, made);
    return made;
  }

  function through(status: number): void {
    const single = calls.paths.length === 1;
    for (const [index, path] of calls.paths.entries()) {
      const code = codes.get(path) ?? codes.get('') ?? 'ok';
      scopeOf(index).finish({ status: single || code === 'ok' ? status : ERRORS[code].status, code });
    }
  }

  // Calls that a procedure has are ended by it, with their trail, and what of it listens comes after this: hence the microtask. A response
  // that waits behind another one on its socket is never told that the socket went.
  onAbort(opened.signal, () =>
    queueMicrotask(() => {
      const error = abortError(abortCode(opened.signal));
      for (const index of calls.paths.keys()) if (!contexts.has(index)) scopeOf(index).fail(error);
    }),
  );

  return {
    kind: 'carried',
    body,
    context: {
      id: opened.id,
      call(index) {
        const known = contexts.get(index);
        if (known !== undefined) return known;
        const made = tools.callContext(scopeOf(index), inputs[index]);
        contexts.set(index, made);
        return made;
      },
    },
    refused: (path, { code }) => void codes.set(path ?? '', code),
    through,
  };
}

/** The input of each call in its own bytes, so that what JavaScript's numbers cannot hold reaches the upstream from a batch too. */
function inputsOf(body: Buffer, { batch, paths }: AdapterCalls): readonly (Buffer | undefined)[] {
  parseBody(body);
  if (!batch) return [body];
  const places = new Map(topLevelMembers(body).map(({ key, ...place }) => [key, place]));
  return paths.map((_, index) => {
    const place = places.get(String(index));
    if (place === undefined) return undefined;
    const input = body.subarray(place.valueStart, place.valueEnd);
    refuseDuplicates(input);
    return input;
  });
}

/** What tRPC's adapter knows of its answer before it writes the head. */
export interface AdapterAnswer {
  readonly ctx?: Context | undefined;
  readonly info?: TRPCRequestInfo | undefined;
  readonly errors: readonly TRPCError[];
  /** True for a batch in lines, whose head leaves before its answers are known. */
  readonly eagerGeneration?: boolean | undefined;
}

/** The head of an answer of tRPC's adapter: the real status where the calls agree on one, and for a single call the headers of every door. */
export function adapterResponseMeta({ ctx, info, errors, eagerGeneration }: AdapterAnswer): ResponseMeta {
  const calls = info?.calls.length ?? 1;
  const known = errors.map(fromTrpcError);
  const [error] = known;
  if (error !== undefined) {
    const agreed = known.length === calls && known.every(({ status }) => status === error.status);
    // Before it knows the calls the adapter says no type.
    const type = info === undefined ? JSON_HEADERS : {};
    return {
      status: agreed ? error.status : 207,
      headers: new Headers({ ...(agreed ? errorHeaders(error) : {}), ...type }),
    };
  }
  if (calls > 1 || ctx === undefined || eagerGeneration === true) return {};
  return { headers: new Headers(requestHeaders(ctx.call(0).scope)) };
}
