import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import { idHeaders } from '../door/headers.ts';
import { refuseBody } from '../door/refuse-body.ts';
import { newRequestIds } from '../door/request-ids.ts';
import type { DoorRequest } from '../door/request.ts';
import { errorReply } from '../rest/errors.ts';
import type { Handle } from '../rest/handle.ts';
import { OPENAPI_ROUTE } from '../rest/routes.ts';
import type { WriteReply } from './write-reply.ts';

/** One file of the pages. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Pages that the gateway serves below one path. */
export interface Pages {
  /** Where they are mounted, without a trailing slash: `/docs`. */
  readonly path: string;
  /** Directives of their content-security-policy, beside those that hold for all pages. */
  readonly policy: readonly string[];
  /**
   * Loads all files, by their paths below the mount; `` is the page at `/docs/` itself. Called for the first request, and again for the next one
   * after a failure.
   */
  readonly load: () => Promise<ReadonlyMap<string, PageFile>>;
}

/** What a mount needs of the server. */
export interface PagesMountOptions {
  readonly rest: Handle;
  readonly requestOf: (request: FastifyRequest, reply: FastifyReply) => DoorRequest;
  readonly write: WriteReply;
}

/** What holds for all pages: they load nothing that their own policy does not name, and no other page may frame them. */
const BASE_POLICY: readonly string[] = Object.freeze([
  "default-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]);

/**
 * Mounts pages. They are served to every client that may read the API's description, under a content-security-policy; each request is recorded
 * like one for the description. The path without its slash redirects to the one with it.
 */
export function mountPages(app: FastifyInstance, pages: Pages, { rest, requestOf, write }: PagesMountOptions): void {
  const { path, load } = pages;
  const policy = [...BASE_POLICY, ...pages.policy].join('; ');
  let loading: Promise<ReadonlyMap<string, PageFile>> | undefined;

  async function fileOf(url: string): Promise<PageFile | undefined> {
    const [asSent = ''] = url.split('?');
    const files = await (loading ??= load());
    // A file has one name: Fastify's router decodes paths, and this does not.
    return asSent.startsWith(`${path}/`) ? files.get(asSent.slice(path.length + 1)) : undefined;
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    let ids: Readonly<Record<string, string>> = idHeaders(newRequestIds());
    try {
      // Access and the record are those of the description.
      const description = await rest({ ...requestOf(request, reply), method: 'GET', url: OPENAPI_ROUTE.path });
      if (description.status !== 200) return write(reply, description);
      ids = description.headers;
      const file = await fileOf(request.url);
      // The door has no route for it, and records the path that does not exist.
      if (file === undefined) return write(reply, await rest(requestOf(request, reply)));
      const { contentType, body } = file;
      const headers = { ...ids, 'content-type': contentType, 'content-security-policy': policy };
      write(reply, { kind: 'bytes', status: 200, headers, body });
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      if (error.status >= 500) loading = undefined;
      write(reply, errorReply(error, ids));
    }
  }

  function redirect({ method, headers }: FastifyRequest, reply: FastifyReply): void {
    const id = idHeaders(newRequestIds());
    try {
      refuseBody({ method, headers });
      write(reply, { kind: 'bytes', status: 301, headers: { location: `${last}/`, ...id }, body: Buffer.alloc(0) });
    } catch (thrown) {
      write(reply, errorReply(GatewayError.from(thrown), id));
    }
  }

  const method = ['GET', 'HEAD'];
  const last = path.slice(path.lastIndexOf('/') + 1);
  app.route({ method, url: path, handler: redirect });
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
  app.route({ method, url: `${path}/*`, handler: answer });
}
