import { rawBodyOf } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools, respond, streamOf } from '../door/admit.ts';
import { addOperationHeader, JSON_HEADERS, requestHeaders, STREAM_HEADERS } from '../door/headers.ts';
import { refuseBody } from '../door/refuse-body.ts';
import type { DoorReply, DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { singleCall } from '../router/call-context.ts';
import { createCallProcedure } from '../router/call-procedure.ts';
import { definitionsOf } from '../router/definitions.ts';
import { OPERATIONS } from '../operations/operations.ts';
import { restFraming } from '../sse/framing.ts';
import { errorReply } from './errors.ts';
import { createMatch } from './match.ts';
import { operationAt } from './operation-at.ts';
import { createReadCall } from './read-call.ts';
import { OPENAPI_ROUTE, routesOf } from './routes.ts';

/** Answers a request of the REST facade. Never rejects; every error is a reply in one shape. */
export type Handle = (request: DoorRequest) => Promise<DoorReply>;

/** Makes the facade of a router. Throws when the router's declarations do not fit together. */
export function createHandle(router: AppRouter, tools: DoorTools): Handle {
  const match = createMatch([...routesOf(router), OPENAPI_ROUTE]);
  const definitions = definitionsOf(router);
  const callProcedure = createCallProcedure(definitions);
  const readCall = createReadCall(definitions, tools.jsonLimits);
  let document: Buffer | undefined;

  async function answer(request: DoorRequest, opened: RequestScope): Promise<DoorReply> {
    const { route, params, template } = match(request.method, request.url);
    opened.report.route = template;
    const { headers, principal } = request;
    const scope = admit(tools, opened, { headers, principal, access: route.access, operation: route.procedure });
    if (route.type === 'document') {
      refuseBody(request);
      document ??= await describeApi();
      scope.finish({ status: 200, code: 'ok' });
      return { kind: 'bytes', status: 200, headers: requestHeaders(scope, JSON_HEADERS), body: document };
    }
    const { path, input, body } = await readCall({ request, route, params }, scope.signal);
    if (body !== undefined) scope.received();
    const context = singleCall(tools.callContext(scope, { body, headers }));
    const value = await callProcedure({ path, input, context });
    const stream = streamOf(value, scope, tools.emit);
    const operation = OPERATIONS[route.operation ?? route.eventsOf ?? 'chat.completions'];
    const own = requestHeaders(scope, stream === undefined ? JSON_HEADERS : STREAM_HEADERS);
    addOperationHeader(own, operation, scope);
    if (stream === undefined) {
      const bytes = rawBodyOf(value) ?? Buffer.from(JSON.stringify(value));
      return { kind: 'bytes', status: route.status ?? 200, headers: own, body: bytes };
    }
    return { kind: 'stream', status: 200, headers: own, stream, framing: restFraming(operation, scope) };
  }

  /** Loads the code for JSON Schema, which only this document needs, at the first request for it. */
  async function describeApi(): Promise<Buffer> {
    const { openApiDocument } = await import('./openapi/document.ts');
    return Buffer.from(JSON.stringify(openApiDocument(router)));
  }

  return (request) =>
    respond(tools, request, {
      answer: (opened, passed) => answer(passed, opened),
      failed(error, opened) {
        const operation = operationAt(request.url);
        return errorReply(error, requestHeaders(opened), operation && { operation, ids: opened });
      },
    });
}
