import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import type { BytesReply, DoorRequest } from '../door/request.ts';
import { newRequestId } from '../lib/ids.ts';
import { errorReply } from '../rest/errors.ts';
import type { Handle } from '../rest/handle.ts';
import { OPENAPI_ROUTE } from '../rest/routes.ts';
import type { WriteReply } from './write-reply.ts';

/** What the mount is made of. */
export interface DocsMountOptions {
  readonly rest: Handle;
  readonly requestOf: (request: FastifyRequest, reply: FastifyReply) => DoorRequest;
  readonly write: WriteReply;
}

/** The page may load and ask only its own server: nothing is fetched from elsewhere, whatever the viewer would like to. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Mounts `/docs`, a page that shows the API's description to whoever may read it. It is loaded when it is first asked for. */
export function mountDocs(app: FastifyInstance, { rest, requestOf, write }: DocsMountOptions): void {
  let pages: Promise<ReadonlyMap<string, BytesReply>> | undefined;

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    let requestId = newRequestId();
    try {
      // Who may read the description may see the page, and the request is recorded like every other.
      const asked = { ...requestOf(request, reply), method: 'GET', url: OPENAPI_ROUTE.path };
      const description = await rest(asked);
      if (description.status !== 200) return write(reply, description);
      requestId = description.headers['x-request-id'] ?? requestId;
      const page = (await (pages ??= loadPages())).get(request.url.split('?')[0] ?? '');
      if (page === undefined)
        throw new GatewayError('not_found', { message: `There is nothing at ${request.url.slice(0, 200)}.` });
      write(reply, {
        ...page,
        headers: { ...page.headers, 'content-security-policy': POLICY, 'x-request-id': requestId },
      });
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      // Tried anew for the next one.
      if (error.status >= 500) pages = undefined;
      write(reply, errorReply(error, { 'x-request-id': requestId }));
    }
  }

  const method = ['GET', 'HEAD'];
  app.route({ method, url: '/docs', handler: (_, reply) => reply.redirect('docs/', 301) });
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
  app.route({ method, url: '/docs/*', handler: answer });
}

/** All that the page is made of. */
const PATHS = ['/docs/', '/docs/js/scalar.js'] as const;

/** What the viewer would answer under each path, kept without it: its script is megabytes, and everybody is handed the same ones. */
async function loadPages(): Promise<ReadonlyMap<string, BytesReply>> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const viewer = Fastify({ logger: false });
  await viewer.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '../openapi.json',
      pageTitle: 'Spillway API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      // Its buttons would hand the description to the viewer's makers.
      showDeveloperTools: 'never',
      hideClientButton: true,
      // A gateway without keys answers no request that a web page makes, its own page's neither.
      hideTestRequestButton: true,
    },
  });
  const pages = new Map<string, BytesReply>();
  for (const path of PATHS) {
    const { statusCode: status, headers, rawPayload: body } = await viewer.inject({ method: 'GET', url: path });
    pages.set(path, {
      kind: 'bytes',
      status,
      headers: { 'content-type': headers['content-type'] ?? 'text/plain' },
      body,
    });
  }
  await viewer.close();
  return pages;
}
