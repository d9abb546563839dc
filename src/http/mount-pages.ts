import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DoorRequest } from '../door/request.ts';
import type { Handle } from '../rest/handle.ts';
import { createPages, PAGE_METHODS, type Pages } from '../web/pages.ts';
import type { WriteReply } from './write-reply.ts';

/** What a mount needs of the server. */
export interface PagesMountOptions {
  readonly rest: Handle;
  readonly requestOf: (request: FastifyRequest, reply: FastifyReply) => DoorRequest;
  readonly write: WriteReply;
}

/** Mounts pages on the HTTP edge. */
export function mountPages(app: FastifyInstance, pages: Pages, { rest, requestOf, write }: PagesMountOptions): void {
  const serve = createPages(pages, rest);
  async function handler(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    write(reply, await serve(requestOf(request, reply)));
  }
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
  for (const url of [pages.path, `${pages.path}/*`]) app.route({ method: [...PAGE_METHODS], url, handler });
}
