import type { AnyTRPCRouter } from '@trpc/server';
import type { OperationName } from '../domain/operation-names.ts';
import type { Access, RestMeta } from '../router/context.ts';
import { type Definition, definitionsOf } from '../router/definitions.ts';

/** One route of the facade: of a procedure, or of a document. */
export type Route = ProcedureRoute | DocumentRoute;

/** A route that a procedure answers. */
export interface ProcedureRoute extends RestMeta {
  readonly type: Definition['type'];
  readonly access: Access;
  /** Dotted path of the procedure. */
  readonly procedure: string;
  /** The operation that it serves; undefined for a procedure of the gateway's own. */
  readonly operation: OperationName | undefined;
}

/** The route of a document, such as the API's own description. */
export interface DocumentRoute {
  readonly type: 'document';
  readonly method: 'GET';
  readonly path: string;
  readonly prefix: 'root';
  readonly access: Access;
  /** Its name in records. */
  readonly procedure: string;
}

/** The route of the API's own description. */
export const OPENAPI_ROUTE: DocumentRoute = Object.freeze({
  type: 'document',
  method: 'GET',
  path: '/openapi.json',
  prefix: 'root',
  access: 'caller',
  procedure: 'openapi',
});

/** The route of the gateway's metrics. */
export const METRICS_ROUTE: DocumentRoute = Object.freeze({
  type: 'document',
  method: 'GET',
  path: '/metrics',
  prefix: 'root',
  access: 'viewer',
  procedure: 'metrics',
});

/**
 * Lists the facade's routes, from the procedures of a router. Throws, at the start and not at a request, when two procedures have one path, when the
 * procedure that streams is missing or no subscription, or when a procedure does not declare its access.
 */
export function routesOf(router: AnyTRPCRouter): readonly ProcedureRoute[] {
  const procedures = definitionsOf(router);
  const claimed = new Map<string, string>();
  return [...procedures].flatMap(([name, definition]) => {
    const route = routeOf(name, definition);
    if (route === undefined) return [];
    const path = `${route.method} ${route.prefix} ${route.path.replaceAll(/\{\+?\w+\}/g, '{}')}`;
    const other = claimed.get(path);
    if (other !== undefined)
      throw new Error(`Procedures ${other} and ${name} have the same path: ${route.method} ${route.path}.`);
    claimed.set(path, name);
    if (route.streams !== undefined && procedures.get(route.streams)?.type !== 'subscription')
      throw new Error(`Procedure ${name} streams through '${route.streams}', which is no subscription of this router.`);
    return [route];
  });
}

function routeOf(procedure: string, { type, meta }: Definition): ProcedureRoute | undefined {
  if (meta?.access === undefined) throw new Error(`Procedure ${procedure} does not declare its access (meta.access).`);
  const { rest, access, operation } = meta;
  if (rest === undefined) return undefined;
  if (type === 'subscription' && rest.method !== 'GET')
    throw new Error(`Procedure ${procedure} is a subscription; name it as 'streams' of another procedure instead.`);
  return { ...rest, type, access, procedure, operation };
}
