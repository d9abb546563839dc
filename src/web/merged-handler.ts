import type { AnyTRPCRouter, inferRouterContext } from '@trpc/server';
import type { PublicMount } from '../door/request.ts';
import { mergedProcedureOf } from '../trpc/merged-router.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { procedureIn } from './front.ts';
import type { WebHandler } from './handler.ts';

/** What an application's `createContext` gets, as from tRPC's adapter for web requests. */
export interface ContextRequest {
  readonly req: Request;
  /** Added to the response. */
  readonly resHeaders: Headers;
}

/** An application's own tRPC router, with the gateway's merged into it. */
export interface MergedTrpc<TRouter extends AnyTRPCRouter> {
  readonly router: TRouter;
  readonly createContext: (
    request: ContextRequest,
  ) => inferRouterContext<TRouter> | Promise<inferRouterContext<TRouter>>;
}

/** A request for an application's router: its URL below the mount, and the mount's prefix. */
export interface MergedArrival {
  readonly url: string;
  readonly prefix: string;
}

/** Answers a request for an application's router; undefined where the URL is not below `/trpc`. */
export type MergedHandler = (request: Request, arrival: MergedArrival) => Promise<Response> | undefined;

/**
 * Makes the handler of an application's router. Single mutations and subscriptions of the gateway's procedures are answered by the gateway's own
 * door, which passes the provider's bytes on; tRPC's adapter, which parses and serializes every chunk, answers everything else.
 */
export function createMergedHandler<TRouter extends AnyTRPCRouter>(
  web: WebHandler,
  { router, createContext }: MergedTrpc<TRouter>,
): MergedHandler {
  const procedures: Readonly<Record<string, unknown>> = router._def.procedures;

  async function byDoor(request: Request, path: string, search: string): Promise<Response | undefined> {
    const merged = Object.hasOwn(procedures, path) ? mergedProcedureOf(procedures[path]) : undefined;
    if (merged === undefined || merged.type === 'query') return undefined;
    if (new URLSearchParams(search).get('batch') === '1') return undefined;
    const resHeaders = new Headers();
    const mount: PublicMount = {
      identify: async () => merged.identityOf(await createContext({ req: request, resHeaders })),
    };
    const response = await web(request, { url: `${TRPC_PREFIX}/${merged.path}${search}`, mount });
    for (const [name, value] of resHeaders) response.headers.append(name, value);
    return response;
  }

  async function byAdapter(req: Request, prefix: string): Promise<Response> {
    const { fetchRequestHandler } = await import('@trpc/server/adapters/fetch');
    return fetchRequestHandler<AnyTRPCRouter>({
      router,
      req,
      endpoint: prefix + TRPC_PREFIX,
      allowMethodOverride: true,
      createContext: ({ resHeaders }) => createContext({ req, resHeaders }),
    });
  }

  return (request, { url, prefix }) => {
    const [path = ''] = url.split('?', 1);
    const called = procedureIn(path);
    if (called === undefined) return undefined;
    return byDoor(request, called, url.slice(path.length)).then((answered) => answered ?? byAdapter(request, prefix));
  };
}
