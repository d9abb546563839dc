import type { AnyTRPCRouter } from '@trpc/server';
import { rawBodyOf } from '../domain/event-stream.ts';
import type { RequestBody } from '../domain/request-body.ts';
import type { RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools, respond, streamOf } from '../door/admit.ts';
import { parseBody, readBody } from '../door/body.ts';
import { JSON_HEADERS, requestHeaders, STREAM_HEADERS } from '../door/headers.ts';
import type { DoorReply, DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { singleCall } from '../router/call-context.ts';
import { errorShape } from '../router/errors.ts';
import { createCallProcedure } from '../router/call-procedure.ts';
import { definitionsOf } from '../router/definitions.ts';
import { inputOf } from '../router/input-of.ts';
import { trpcFraming } from '../sse/framing.ts';
import { type AdapterRequest, admitForAdapter } from './adapter.ts';
import { createTrpcMatch, type TrpcCall } from './match.ts';
import { errorReply, resultReply, subscriptionErrorReply } from './reply.ts';

/**
 * Answers one request on tRPC's wire, or admits it for tRPC's own adapter. `path` is the URL's path behind the prefix, decoded once. Never
 * rejects; every error is a reply in tRPC's shape.
 */
export type TrpcHandle = (request: DoorRequest, path: string) => Promise<DoorReply | AdapterRequest>;

/** The tRPC door, for an HTTP edge. */
export interface TrpcDoor {
  readonly handle: TrpcHandle;
  /** For routers that carry the same procedures. */
  readonly tools: DoorTools;
  /** For tRPC's own adapter. */
  readonly router: AppRouter;
}

/** Makes the tRPC door of a router. */
export function createTrpcDoor(router: AppRouter, tools: DoorTools): TrpcDoor {
  return { router, tools, handle: createTrpcHandle(router, tools) };
}

function withLastEventId(input: Record<string, unknown>, { lastEventId }: TrpcCall): Record<string, unknown> {
  return lastEventId === undefined ? input : { ...input, lastEventId };
}

/**
 * Makes the handler of the tRPC door. It answers single mutations and subscriptions itself: the same procedures and the same bytes as REST, in
 * tRPC's framing. tRPC's own adapter would parse and serialize every chunk again.
 */
export function createTrpcHandle(router: AnyTRPCRouter, tools: DoorTools): TrpcHandle {
  const match = createTrpcMatch(router);
  const perform = createCallProcedure(definitionsOf(router));

  async function answer(call: TrpcCall, request: DoorRequest, opened: RequestScope): Promise<DoorReply> {
    const { operation: path, access, takesPlace } = call;
    const { method, headers, connection, principal } = request;
    const scope = admit(tools, opened, { method, headers, connection, principal, access, operation: path, takesPlace });
    const body = await bodyOf(call, request, scope.signal);
    if (body !== undefined) scope.received();
    const value = await perform({
      path,
      input: body && withLastEventId(inputOf(call.definition, body), call),
      context: singleCall(tools.callContext(scope, { body, headers, browser: () => tools.browsers.facts(request) })),
    });
    const stream = streamOf(value, scope, tools.emit);
    if (stream === undefined)
      return resultReply(
        rawBodyOf(value) ?? Buffer.from(JSON.stringify(value ?? null)),
        requestHeaders(scope, JSON_HEADERS),
      );
    const hasIds = call.definition.meta?.resumable === 'by event id';
    const framing = trpcFraming((error) => errorShape(error, { path, ids: scope }), hasIds);
    return { kind: 'stream', status: 200, headers: requestHeaders(scope, STREAM_HEADERS), stream, framing };
  }

  /** Undefined for a procedure without an input, whatever is sent, and where an input that is optional is not sent. */
  async function bodyOf(
    { definition: { input, optional, meta }, urlInput }: TrpcCall,
    request: DoorRequest,
    signal: AbortSignal,
  ): Promise<RequestBody | undefined> {
    const rules = { limits: tools.jsonLimits, operation: meta?.operation };
    if (!optional)
      return urlInput === undefined ? readBody(request, signal, rules) : parseBody(Buffer.from(urlInput), rules);
    const bytes = urlInput === undefined ? await request.body(signal, () => undefined) : Buffer.from(urlInput);
    return input === undefined || bytes.length === 0 ? undefined : parseBody(bytes, rules);
  }

  return (request, path) => {
    const matched = match(request, path);
    const { kind, operation } = matched;
    return respond<DoorReply | AdapterRequest>(tools, request, {
      async answer(opened, passed) {
        if (kind === 'call') return answer(matched, passed, opened);
        if (kind === 'adapter') return admitForAdapter(tools, { opened, request: passed, calls: matched });
        opened.report.operation = operation;
        throw matched.error;
      },
      failed(error, opened) {
        const reply = kind === 'call' && matched.type === 'subscription' ? subscriptionErrorReply : errorReply;
        return reply(error, { path: operation || undefined, ids: opened }, requestHeaders(opened));
      },
    });
  };
}
