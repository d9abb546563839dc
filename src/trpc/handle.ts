import type { AnyTRPCRouter } from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import { rawBodyOf } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { accept, admit, type DoorCaller, type DoorTools, streamOf } from '../door/admit.ts';
import { parseBody } from '../door/body.ts';
import { requestHeaders, STREAM_HEADERS } from '../door/headers.ts';
import type { DoorReply, DoorRequest } from '../door/request.ts';
import { singleCall } from '../router/call-context.ts';
import { errorShape } from '../router/errors.ts';
import { perform } from '../router/perform.ts';
import { trpcFraming } from '../sse/framing.ts';
import type { TrpcCall, TrpcMatch } from './match.ts';
import { errorReply, resultReply, subscriptionErrorReply } from './reply.ts';

/** A request that tRPC's adapter is not to see: one call, or what was refused for its form. */
export type OwnMatch = Exclude<TrpcMatch, { kind: 'adapter' }>;

/** Answers one request on tRPC's wire. Never rejects; every error is a reply in tRPC's shape. */
export type TrpcHandle = (match: OwnMatch, request: DoorRequest, caller: DoorCaller) => Promise<DoorReply>;

/**
 * Makes the fast way through the tRPC door: the same procedures and the same bytes as REST's, in tRPC's framing. What tRPC's own
 * adapter would parse and write anew for every chunk passes here as it came.
 */
export function createTrpcHandle(router: AnyTRPCRouter, tools: DoorTools): TrpcHandle {
  async function answer(call: TrpcCall, request: DoorRequest, opened: RequestScope): Promise<DoorReply> {
    const { path, type, access } = call;
    const scope = admit(tools, opened, { access, headers: request.headers });
    scope.report.operation = path;
    const bytes = call.urlInput === undefined ? await request.body(scope.signal) : Buffer.from(call.urlInput);
    const value = await perform({
      router,
      path,
      type,
      input: call.takesInput ? parseBody(bytes) : undefined,
      context: singleCall(tools.callContext(scope, bytes)),
    });
    const headers = requestHeaders(scope);
    const stream = streamOf(value, scope, tools.emit);
    if (stream === undefined)
      return resultReply(rawBodyOf(value) ?? Buffer.from(JSON.stringify(value ?? null)), headers);
    const framing = trpcFraming((error) => errorShape(error, { path, requestId: scope.id }));
    return { kind: 'stream', status: 200, headers: { ...headers, ...STREAM_HEADERS }, stream, framing };
  }

  return async (match, request, caller) => {
    const scope = accept(tools, request.headers, caller.signal);
    try {
      if (match.kind === 'refused') throw match.error;
      return await answer(match, request, scope);
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      scope.fail(error);
      const place = { path: match.kind === 'call' ? match.path : undefined, requestId: scope.id };
      const streams = match.kind === 'call' && match.type === 'subscription';
      return (streams ? subscriptionErrorReply : errorReply)(error, place, requestHeaders(scope));
    }
  };
}
