import type { AnyTRPCRouter } from '@trpc/server';
import type { Meta } from '../router/context.ts';
import { definitionsOf } from '../router/reflect.ts';

/** One route of the facade, generated from one procedure. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** As declared, e.g. `/models/{model}`. */
  readonly path: string;
  readonly prefix: 'v1' | 'root';
  readonly access: Meta['access'];
  readonly procedure: string;
  readonly type: 'query' | 'mutation';
  /** The subscription that answers a body with `"stream": true`. */
  readonly streams: string | undefined;
}

/**
 * Generates the facade's routes from a router's procedures. Throws, at the start and not at a request, when two procedures claim one
 * path, when a stream sister is missing or is no subscription, or when a procedure does not say who may call it.
 */
export function walk(router: AnyTRPCRouter): readonly Route[] {
  const procedures = definitionsOf(router);
  const routes: Route[] = [];
  const claimed = new Map<string, string>();
  for (const [name, { type, meta }] of procedures) {
    if (meta?.access === undefined) throw new Error(`Procedure ${name} does not say who may call it (meta.access).`);
    const { rest } = meta;
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
    routes.push({
      method: rest.method,
      path: rest.path,
      prefix: rest.prefix,
      access: meta.access,
      procedure: name,
      type,
      streams: rest.streams,
    });
  }
  return routes;
}
