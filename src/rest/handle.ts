import { callTRPCProcedure } from '@trpc/server';
import type { Authenticate } from '../auth/keys.ts';
import { GatewayError } from '../domain/errors.ts';
import { isEventStream, rawBodyOf } from '../domain/event-stream.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import { abortCode } from '../lib/abort.ts';
import type { AppRouter } from '../router/app-router.ts';
import type { Context } from '../router/context.ts';
import { parseBody, requireJson } from './body.ts';
import { errorReply } from './errors.ts';
import type { FacadeHeaders, FacadeReply, FacadeRequest } from './facade.ts';
import { createMatch } from './match.ts';
import { requestOptions } from './options.ts';
import { walk } from './walk.ts';

/** The whole facade: from a request to a reply. Never rejects; every error is a reply in one shape. */
export type Handle = (request: FacadeRequest, caller: FacadeCaller) => Promise<FacadeReply>;

/** Whose request it is. */
export interface FacadeCaller {
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** Known without a key, in process. */
  readonly principal?: Principal | undefined;
}

/** What the facade is made of. */
export interface RestOptions {
  readonly router: AppRouter;
  readonly authenticate: () => Authenticate;
  readonly openScope: (requestId: string | undefined, signal: AbortSignal) => RequestScope;
  readonly contextOf: (scope: RequestScope, bytes: Buffer | undefined) => Context;
}

const STREAM_HEADERS = Object.freeze({
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
});

/** Makes the facade of a router. Throws when the router's declarations do not fit together. */
export function createHandle({ router, authenticate, openScope, contextOf }: RestOptions): Handle {
  const match = createMatch(walk(router));

  async function answer(request: FacadeRequest, caller: FacadeCaller, opened: RequestScope): Promise<FacadeReply> {
    const { route, params } = match(request.method, request.url);
    const known =
      caller.principal ??
      (route.access === 'public' ? opened.principal : authenticate()(request.headers['authorization']));
    const scope = opened.as(known, requestOptions(request.headers));
    scope.report.operation = route.procedure;
    const bytes = route.method === 'POST' ? await readBody(request, scope.signal) : undefined;
    const input = bytes === undefined ? params : parseBody(bytes);
    const stream = route.streams !== undefined && bytes !== undefined && Reflect.get(input, 'stream') === true;
    const value: unknown = await callTRPCProcedure({
      router,
      path: stream ? (route.streams ?? '') : route.procedure,
      type: stream ? 'subscription' : route.type,
      ctx: contextOf(scope, bytes),
      getRawInput: () => Promise.resolve(Object.keys(input).length === 0 && bytes === undefined ? undefined : input),
      signal: scope.signal,
      batchIndex: 0,
    });
    const headers = headersOf(scope);
    if (isEventStream(value)) return { status: 200, headers: { ...headers, ...STREAM_HEADERS }, body: value };
    scope.finish({ status: 200, code: 'ok' });
    const body = rawBodyOf(value) ?? Buffer.from(JSON.stringify(value));
    return { status: 200, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' }, body };
  }

  return async (request, caller) => {
    const scope = openScope(saneRequestId(request.headers), caller.signal);
    try {
      return await answer(request, caller, scope);
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      const gone = scope.signal.aborted && abortCode(scope.signal) === 'client_closed';
      scope.finish(gone ? { status: 499, code: 'client_closed' } : { status: error.status, code: error.code });
      return errorReply(error, headersOf(scope));
    }
  };
}

async function readBody(request: FacadeRequest, signal: AbortSignal): Promise<Buffer> {
  requireJson(request.headers);
  return request.body(signal);
}

function headersOf({ id, report: { served } }: RequestScope): Record<string, string> {
  if (served === undefined) return { 'x-request-id': id };
  return {
    'x-request-id': id,
    'x-spillway-chain': headerText(served.chain),
    'x-spillway-provider': headerText(served.provider),
    'x-spillway-model': headerText(served.model),
    'x-spillway-attempts': String(served.attempts),
  };
}

/** Names may hold any character, headers may not. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function saneRequestId(headers: FacadeHeaders): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && /^[\w.:/=+-]{1,128}$/.test(id) ? id : undefined;
}
