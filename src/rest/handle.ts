import { rawBodyOf } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools, respond, streamOf } from '../door/admit.ts';
import { parseBody } from '../door/body.ts';
import { JSON_HEADERS, requestHeaders, STREAM_HEADERS } from '../door/headers.ts';
import { requireJson } from '../door/media-type.ts';
import type { DoorReply, DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { singleCall } from '../router/call-context.ts';
import { createCallProcedure } from '../router/call-procedure.ts';
import { definitionsOf } from '../router/definitions.ts';
import { memberOf } from '../lib/record.ts';
import { restFraming } from '../sse/framing.ts';
import { errorBody, errorReply } from './errors.ts';
import { createMatch } from './match.ts';
import { OPENAPI_ROUTE, type ProcedureRoute, walk } from './routes.ts';

/** The whole facade: from a request to a reply. Never rejects; every error is a reply in one shape. */
export type Handle = (request: DoorRequest) => Promise<DoorReply>;

const FRAMING = restFraming(errorBody);

/** Makes the facade of a router. Throws when the router's declarations do not fit together. */
export function createHandle(router: AppRouter, tools: DoorTools): Handle {
  const match = createMatch([...walk(router), OPENAPI_ROUTE]);
  const perform = createCallProcedure(definitionsOf(router));
  let document: Buffer | undefined;

  async function answer(request: DoorRequest, opened: RequestScope): Promise<DoorReply> {
    const { route, params } = match(request.method, request.url);
    const { headers, principal } = request;
    const scope = admit(tools, opened, { headers, principal, access: route.access, operation: route.procedure });
    if (route.type === 'document') {
      document ??= await describeApi();
      scope.finish({ status: 200, code: 'ok' });
      return bytesReply(scope, document);
    }
    const bytes = route.method === 'POST' ? await readBody(request, scope.signal) : undefined;
    const input = bytes === undefined ? params : parseBody(bytes);
    const value = await perform({
      path: targetOf(route, bytes !== undefined && memberOf(input, 'stream') === true),
      input: bytes === undefined && Object.keys(input).length === 0 ? undefined : input,
      context: singleCall(tools.callContext(scope, bytes)),
    });
    const stream = streamOf(value, scope, tools.emit);
    if (stream === undefined) return bytesReply(scope, rawBodyOf(value) ?? Buffer.from(JSON.stringify(value)));
    return {
      kind: 'stream',
      status: 200,
      headers: { ...requestHeaders(scope), ...STREAM_HEADERS },
      stream,
      framing: FRAMING,
    };
  }

  /** The one thing here that needs JSON Schema, which is loaded when it is first asked for. */
  async function describeApi(): Promise<Buffer> {
    const { openApiDocument } = await import('./openapi/document.ts');
    return Buffer.from(JSON.stringify(openApiDocument(router)));
  }

  return (request) =>
    respond(tools, request, {
      answer: (opened) => answer(request, opened),
      failed: (error, opened) => errorReply(error, requestHeaders(opened)),
    });
}

function targetOf({ procedure, streams }: ProcedureRoute, stream: boolean): string {
  return stream && streams !== undefined ? streams : procedure;
}

function bytesReply(scope: RequestScope, body: Buffer): DoorReply {
  return { kind: 'bytes', status: 200, headers: { ...requestHeaders(scope), ...JSON_HEADERS }, body };
}

function readBody(request: DoorRequest, signal: AbortSignal): Promise<Buffer> {
  requireJson(request.headers);
  return request.body(signal);
}
