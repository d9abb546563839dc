import { rawBodyOf } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { admit, type DoorTools, occupiesChain, respond, streamOf } from '../door/admit.ts';
import { addOperationHeader, JSON_HEADERS, requestHeaders, STREAM_HEADERS } from '../door/headers.ts';
import { refuseBody } from '../door/refuse-body.ts';
import type { DoorReply, DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { singleCall } from '../router/call-context.ts';
import { createCallProcedure } from '../router/call-procedure.ts';
import type { Access } from '../router/context.ts';
import { definitionsOf } from '../router/definitions.ts';
import { denialOf } from '../router/procedure.ts';
import { OPERATIONS } from '../operations/operations.ts';
import { restFraming } from '../sse/framing.ts';
import { errorReply } from './errors.ts';
import { createMatch } from './match.ts';
import { operationAt } from './operation-at.ts';
import type { ServedDocument } from './documents.ts';
import { createReadCall } from './read-call.ts';
import { OPENAPI_ROUTE, routesOf } from './routes.ts';

/** Answers a request of the REST facade. Never rejects; every error is a reply in one shape. */
export type Handle = (request: DoorRequest) => Promise<DoorReply>;

/** Makes the facade of a router, and of further documents beside its description. Throws when the router's declarations do not fit together. */
export function createHandle(
  router: AppRouter,
  tools: DoorTools,
  furtherDocuments: readonly ServedDocument[] = [],
): Handle {
  const documents = [apiDescription(router), ...furtherDocuments];
  const match = createMatch([...routesOf(router), ...documents.map(({ route }) => route)]);
  const definitions = definitionsOf(router);
  const callProcedure = createCallProcedure(definitions);
  const readCall = createReadCall(definitions, tools.jsonLimits);

  async function answer(request: DoorRequest, opened: RequestScope): Promise<DoorReply> {
    const { route, params, template } = match(request.method, request.url);
    opened.report.route = template;
    const { method, headers, connection, principal } = request;
    const document = route.type === 'document' ? documents.find((each) => each.route === route) : undefined;
    const access = document?.isPublic?.() === true ? 'public' : route.access;
    const scope = admit(tools, opened, {
      method,
      headers,
      connection,
      principal,
      access,
      operation: route.procedure,
      takesPlace: route.type !== 'document' && occupiesChain(route),
    });
    if (document !== undefined) return answerDocument(document, { access, request, scope });
    if (route.type === 'document') throw new TypeError(`There is no document at ${route.path}.`);
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

  return (request) =>
    respond(tools, request, {
      answer: (opened, passed) => answer(passed, opened),
      failed(error, opened) {
        const operation = operationAt(request.url);
        return errorReply(error, requestHeaders(opened), operation && { operation, ids: opened });
      },
    });
}

interface DocumentRequest {
  readonly access: Access;
  readonly request: DoorRequest;
  readonly scope: RequestScope;
}

async function answerDocument(
  { headers, read }: ServedDocument,
  { access, request, scope }: DocumentRequest,
): Promise<DoorReply> {
  refuseBody(request);
  const denied = denialOf(access, scope.principal);
  if (denied !== undefined) throw denied;
  const body = await read(scope);
  scope.finish({ status: 200, code: 'ok' });
  return { kind: 'bytes', status: 200, headers: { ...requestHeaders(scope), ...headers }, body };
}

/** The API's own description. It is made at the first request for it, because only it needs the code for JSON Schema. */
function apiDescription(router: AppRouter): ServedDocument {
  let document: Buffer | undefined;
  return {
    route: OPENAPI_ROUTE,
    headers: JSON_HEADERS,
    async read() {
      if (document !== undefined) return document;
      const { openApiDocument } = await import('./openapi/document.ts');
      return (document ??= Buffer.from(JSON.stringify(openApiDocument(router))));
    },
  };
}
