import { GatewayError } from '../domain/errors.ts';
import { idHeaders } from '../door/headers.ts';
import { newRequestIds } from '../door/request-ids.ts';
import type { BytesReply, DoorReply, DoorRequest } from '../door/request.ts';
import { errorReply } from '../rest/errors.ts';
import type { Handle } from '../rest/handle.ts';
import { OPENAPI_ROUTE } from '../rest/routes.ts';

/** One file of the pages. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Pages that the gateway serves below one path. */
export interface Pages {
  /** Where they are served, without a trailing slash: `/docs`. */
  readonly path: string;
  /** Directives of their content-security-policy, beside those that hold for all pages. */
  readonly policy: readonly string[];
  /**
   * Loads all files, by their paths below the mount; `` is the page at `/docs/` itself. Called for the first request, and again for the next one
   * after a failure.
   */
  readonly load: () => Promise<ReadonlyMap<string, PageFile>>;
}

/** The routes of pages. */
export function routesOfPages({ path }: Pick<Pages, 'path'>): readonly string[] {
  return [path, `${path}/*`];
}

/** The methods of pages. */
export const PAGE_METHODS: readonly string[] = Object.freeze(['GET', 'HEAD']);

/** What holds for all pages: they load nothing that their own policy does not name, and no other page may frame them. */
const BASE_POLICY: readonly string[] = Object.freeze([
  "default-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]);

/**
 * Makes the function that answers requests for pages, of any HTTP library. They are served to every client that may read the API's description,
 * under a content-security-policy; each request is recorded like one for the description. The path without its slash redirects to the one with
 * it. Never rejects.
 */
export function createPages({ path, load, policy: own }: Pages, rest: Handle): Handle {
  const policy = [...BASE_POLICY, ...own].join('; ');
  let loading: Promise<ReadonlyMap<string, PageFile>> | undefined;

  async function fileOf(url: string): Promise<PageFile | undefined> {
    const files = await (loading ??= load());
    // A file has one name: routers decode paths, and this does not.
    return url.startsWith(`${path}/`) ? files.get(url.slice(path.length + 1)) : undefined;
  }

  async function answer(request: DoorRequest): Promise<DoorReply> {
    let ids: Readonly<Record<string, string>> = idHeaders(newRequestIds());
    try {
      const [asSent = ''] = request.url.split('?');
      // Access and the record are those of the description.
      const description = await rest({ ...request, method: 'GET', url: OPENAPI_ROUTE.path });
      if (description.status !== 200) return description;
      ids = description.headers;
      if (asSent === path) return redirectTo(`${path.slice(path.lastIndexOf('/') + 1)}/`, ids);
      const file = await fileOf(asSent);
      // The door has no route for it, and records the path that does not exist.
      if (file === undefined) return await rest(request);
      const { contentType, body } = file;
      const headers = { ...ids, 'content-type': contentType, 'content-security-policy': policy };
      return { kind: 'bytes', status: 200, headers, body };
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      if (error.status >= 500) loading = undefined;
      return errorReply(error, ids);
    }
  }

  return answer;
}

/** A redirect with the headers of the description's answer, but its type. */
function redirectTo(location: string, described: BytesReply['headers']): BytesReply {
  const own = Object.entries(described).filter(([name]) => name !== 'content-type');
  return { kind: 'bytes', status: 301, headers: { ...Object.fromEntries(own), location }, body: Buffer.alloc(0) };
}
