import type { RequestBody } from '../domain/request-body.ts';
import { type BodyRules, readBody } from '../door/body.ts';
import { requireJson } from '../door/media-type.ts';
import { hasBody, refuseBody } from '../door/refuse-body.ts';
import type { DoorRequest } from '../door/request.ts';
import type { Definition } from '../router/definitions.ts';
import { inputOf } from '../router/input-of.ts';
import type { Match } from './match.ts';
import { readQuery } from './query.ts';
import type { ProcedureRoute } from './routes.ts';

/** The procedure that a request of a route calls. */
export interface RouteCall {
  /** Its dotted path. */
  readonly path: string;
  /** Its input, not checked yet. */
  readonly input: unknown;
  /** Undefined where none is read. */
  readonly body: RequestBody | undefined;
}

/** A request of a route. */
export interface RouteRequest {
  readonly request: DoorRequest;
  readonly route: ProcedureRoute;
  readonly params: Match['params'];
}

/** Reads what a request calls. Rejects with a GatewayError. */
export type ReadCall = (request: RouteRequest, signal: AbortSignal) => Promise<RouteCall>;

/** Makes the reader of the calls of a router's procedures. */
export function createReadCall(definitions: ReadonlyMap<string, Definition>, limits: BodyRules['limits']): ReadCall {
  return async ({ request, route, params }, signal) => {
    const { procedure, operation, method } = route;
    if (readsBody(route, request)) {
      requireJson(request.headers);
      const body = await readBody(request, signal, { limits, operation });
      const path = body.get('stream') === true ? (route.streams ?? procedure) : procedure;
      const definition = definitions.get(path);
      return { path, body, input: definition && { ...inputOf(definition, body), ...params } };
    }
    if (method !== 'POST') refuseBody(request);
    else if (hasBody(request.headers)) await request.body(signal, () => undefined);
    const path = asksForStream(request.url) ? (route.streams ?? procedure) : procedure;
    const definition = definitions.get(path);
    return { path, body: undefined, input: definition && queryInput(definition, { request, route, params }) };
  };
}

/** Whether a request has a body that is read. */
function readsBody({ method, body }: ProcedureRoute, { headers }: DoorRequest): boolean {
  return method === 'POST' && body !== 'none' && (body !== 'optional' || hasBody(headers));
}

/** The input of a route without a body. A procedure that takes none ignores the query. */
function queryInput(
  { input: schema, type }: Pick<Definition, 'input' | 'type'>,
  { request: { url, headers }, route: { access, strictQuery }, params }: RouteRequest,
): Record<string, unknown> | undefined {
  if (schema === undefined) return undefined;
  // A wrong filter of an operator's route must not go unnoticed.
  const unknown = strictQuery === true || access === 'viewer' || access === 'admin' ? 'refuse' : 'ignore';
  const query = readQuery(url, { schema, params, unknown });
  // A client that connects again to a stream sets the header by itself: it is the newest.
  const lastEventId = type === 'subscription' ? headers['last-event-id'] : undefined;
  return { ...query, ...(lastEventId === undefined ? {} : { lastEventId }), ...params };
}

/** Whether the query of a request says `stream=true`, as that of OpenAI's SDK does. */
function asksForStream(url: string): boolean {
  return /[?&]stream=true(?:&|$)/.test(url);
}
