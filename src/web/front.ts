import type { DoorReply, DoorRequest } from '../door/request.ts';
import type { Handle } from '../rest/handle.ts';
import type { AdapterRequest } from '../trpc/adapter.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { isDashboardPath } from './dashboard.ts';
import { DOCS } from './docs.ts';
import { createPages, PAGE_METHODS } from './pages.ts';

/** Answers a request by the door or the page that its path selects, as the router of the HTTP edge does. Never rejects. */
export type Front = (request: DoorRequest) => Promise<DoorReply | AdapterRequest>;

/** The doors of a gateway that its front selects among. */
export interface FrontDoors {
  readonly rest: Handle;
  readonly trpc: TrpcDoor;
  /** The dashboard's files; undefined where it is off. */
  readonly dashboard: Handle | undefined;
}

/** Makes the function that selects among the doors. */
export function createFront({ rest, trpc, dashboard }: FrontDoors): Front {
  const docs = createPages(DOCS, rest);
  return (request) => {
    const { method, url } = request;
    const [path = ''] = url.split('?', 1);
    const procedure = procedureIn(path);
    if (procedure !== undefined) return trpc.handle(request, procedure);
    if (!PAGE_METHODS.includes(method)) return rest(request);
    if (dashboard !== undefined && isDashboardPath(path)) return dashboard(request);
    return path === DOCS.path || path.startsWith(`${DOCS.path}/`) ? docs(request) : rest(request);
  };
}

/** The path of a procedure in a URL's path, decoded once; undefined where it is none. */
export function procedureIn(path: string): string | undefined {
  if (!path.startsWith(`${TRPC_PREFIX}/`)) return undefined;
  const sent = path.slice(TRPC_PREFIX.length + 1);
  if (sent.includes('/')) return undefined;
  try {
    return decodeURIComponent(sent);
  } catch {
    // A percent sign in it is refused.
    return sent;
  }
}
