import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DoorRequest } from '../door/request.ts';
import type { Handle } from '../rest/handle.ts';
import { PAGE_METHODS } from '../web/pages.ts';
import type { WriteReply } from './write-reply.ts';

/** Pages, and the routes at which they are served. */
export interface MountedPages {
  readonly routes: readonly string[];
  readonly serve: Handle;
}

/** What a mount needs of the server. */
export interface PagesMountOptions {
  readonly requestOf: (request: FastifyRequest, reply: FastifyReply) => DoorRequest;
  readonly write: WriteReply;
}

/** Mounts pages on the HTTP edge. */
export function mountPages(
  app: FastifyInstance,
  { routes, serve }: MountedPages,
  { requestOf, write }: PagesMountOptions,
): void {
  async function handler(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    write(reply, await serve(requestOf(request, reply)));
  }
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
  for (const url of routes) app.route({ method: [...PAGE_METHODS], url, handler });
}
