import type { AnyTRPCRouter } from '@trpc/server';
import type { Access, RestMeta } from '../router/context.ts';
import { definitionsOf } from '../router/definitions.ts';

/** One route of the facade: generated from one procedure, or a document that describes them all. */
export type Route = ProcedureRoute | DocumentRoute;

/** A route that a procedure answers. */
export interface ProcedureRoute extends RestMeta {
  readonly type: 'query' | 'mutation';
  readonly access: Access;
  readonly procedure: string;
}

/** The route of the API's own description. */
export interface DocumentRoute {
  readonly type: 'document';
  readonly method: 'GET';
  readonly path: string;
  readonly prefix: 'root';
  readonly access: Access;
  /** Its name in records. */
  readonly procedure: string;
}

/** Where the API describes itself. */
export const OPENAPI_ROUTE: DocumentRoute = Object.freeze({
  type: 'document',
  method: 'GET',
  path: '/openapi.json',
  prefix: 'root',
  access: 'caller',
  procedure: 'openapi',
});

/**
 * Generates the facade's routes from a router's procedures. Throws, at the start and not at a request, when two procedures claim one
 * path, when a stream sister is missing or is no subscription, or when a procedure does not say who may call it.
 */
export function walk(router: AnyTRPCRouter): readonly ProcedureRoute[] {
  const procedures = definitionsOf(router);
  const routes: ProcedureRoute[] = [];
  const claimed = new Map<string, string>();
  for (const [name, { type, meta }] of procedures) {
    if (meta?.access === undefined) throw new Error(`Procedure ${name} does not say who may call it (meta.access).`);
    const { rest, access } = meta;
    if (rest === undefined) continue;
    if (type === 'subscription')
      throw new Error(`Procedure ${name} is a subscription; name it as 'streams' of its sister instead.`);
    const place = `${rest.method} ${rest.prefix} ${rest.path.replaceAll(/\{\w+\}/g, '{}')}`;
    const other = claimed.get(place);
    if (other !== undefined)
      throw new Error(`Procedures ${other} and ${name} claim the same path: ${rest.method} ${rest.path}.`);
    claimed.set(place, name);
    if (rest.streams !== undefined && procedures.get(rest.streams)?.type !== 'subscription') {
      throw new Error(`Procedure ${name} streams through '${rest.streams}', which is no subscription of this router.`);
    }
    routes.push({ ...rest, type, access, procedure: name });
  }
  return routes;
}
