import type { IncomingMessage } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { checkOrigin, type OriginRules } from '../auth/origin.ts';
import type { ServerSettings } from '../config/server-settings.ts';
import { GatewayError } from '../domain/errors.ts';
import { clientRequestIdOf } from '../door/request-ids.ts';
import type { DoorRequest, PublicMount, RecordRefused } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import { belowPrefix } from '../lib/url-prefix.ts';
import type { Handle } from '../rest/handle.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import { DASHBOARD_ROUTES } from '../web/dashboard.ts';
import { DOCS } from '../web/docs.ts';
import { createPages, routesOfPages } from '../web/pages.ts';
import { createCors } from './cors.ts';
import { connectionOf } from './connection.ts';
import { watchDisconnect } from './disconnect.ts';
import { doorOf, earlyErrorReply, preflightReply } from './early-error.ts';
import { createListener } from './listener.ts';
import { mountPages } from './mount-pages.ts';
import { mountTrpc } from './mount-trpc.ts';
import { createReadBody } from './read-body.ts';
import { remoteAddressOf } from './remote-address.ts';
import { createCheckForm, malformed, requireLength } from './well-formed.ts';
import { createWriteReply, type WriteReply } from './write-reply.ts';

/** What the HTTP edge needs of its gateway. */
export interface ServerOptions {
  readonly doors: {
    readonly rest: Handle;
    readonly trpc: TrpcDoor;
    readonly refused: RecordRefused;
    /** The dashboard's files; undefined where it is off. */
    readonly dashboard?: Handle | undefined;
    readonly keepsContext?: boolean | undefined;
  };
  readonly clock: Clock;
  /** All settings but the address, which is for `listen`. */
  readonly settings: Omit<ServerSettings, 'host' | 'port'>;
  /** Called for each request. A result is the rules of a gateway without keys, which serves local clients only. */
  readonly originRules: () => OriginRules | undefined;
  /** What is known of a request where applications' own servers hand requests on; undefined where this one listens. */
  readonly mounted?: ((request: IncomingMessage) => MountedRequest) | undefined;
  /** Whether answers close their connections, so that clients reconnect to another process. */
  readonly draining?: (() => boolean) | undefined;
}

/** What a mount knows of a request in an application's server. */
export interface MountedRequest {
  readonly mount: PublicMount;
  /** Path and query below the mount's prefix; empty for what is not below it. */
  readonly url: string;
}

/** The longest last segment of a path, in characters: the names of a full tRPC batch fit. */
const MAX_SEGMENT = 1024;

/** Replaces the schema compilers that Fastify would load at every start: no route of the gateway has a schema. */
function noSchemas(): never {
  throw new TypeError('A route has a schema, and there is no compiler for it.');
}

/** Makes the HTTP edge, not listening yet. It checks the form of requests, notices disconnects and writes replies; the doors decide what is answered. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { doors, clock, settings, mounted } = options;
  const { bodyLimit, maxBodyMemory, bodyTimeout, writeIdle, trustProxy } = settings;
  const write = createWriteReply(clock, writeIdle);
  const refuse = createRefuse(doors.refused, write);
  const readBody = createReadBody({
    clock,
    limit: bodyLimit,
    idle: bodyTimeout,
    maxMemory: maxBodyMemory,
    mounted: mounted !== undefined,
  });
  const app = Fastify({
    logger: false,
    bodyLimit,
    forceCloseConnections: 'idle',
    // The doors refuse requests while the gateway closes, in their own shape.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    trustProxy: typeof trustProxy === 'boolean' ? trustProxy : [...trustProxy],
    routerOptions: { maxParamLength: MAX_SEGMENT },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    serverFactory: (handler) => createListener(handler, { clock, ...settings, keepsContext: doors.keepsContext }),
    ...(mounted === undefined && settings.basePath !== '' ? { rewriteUrl: withoutBasePath(settings.basePath) } : {}),
    frameworkErrors: (_, request, reply) => refuse(malformed(), request, reply),
    // The listener has its own.
    clientErrorHandler: () => undefined,
  });
  // The doors read bodies themselves, after admission.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const requestOf = (request: FastifyRequest, { raw }: FastifyReply): DoorRequest => ({
    method: request.method,
    url: request.raw.url ?? '/',
    sentUrl: request.originalUrl,
    ...mounted?.(request.raw),
    headers: request.headers,
    abort: watchDisconnect(raw),
    connection: () => connectionOf(request),
    remoteAddress: remoteAddressOf(request),
    body: (signal, onPiece, most) => readBody(raw, { signal, onPiece, most }),
  });

  /** Whatever is thrown unexpectedly is one request's answer, and does not end the process. */
  const failed = (thrown: unknown, { url }: FastifyRequest, reply: FastifyReply): void =>
    write(reply, earlyErrorReply(GatewayError.from(thrown), url));

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    try {
      write(reply, await doors.rest(requestOf(request, reply)));
    } catch (thrown) {
      failed(thrown, request, reply);
    }
  }

  checkRequests(app, options, { write, refuse });
  app.setErrorHandler(failed);
  mountTrpc(app, { door: doors.trpc, requestOf, write, failed });
  mountPages(app, { routes: routesOfPages(DOCS), serve: createPages(DOCS, doors.rest) }, { requestOf, write });
  if (doors.dashboard !== undefined)
    mountPages(app, { routes: DASHBOARD_ROUTES, serve: doors.dashboard }, { requestOf, write });
  app.setNotFoundHandler(answer);
  void app.register(async (scope) => {
    // Answered before Fastify looks for a handler or at a body's type: the doors do that themselves.
    scope.addHook('onRequest', (request, reply) => void answer(request, reply));
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
    scope.all('/*', answer);
  });
  return app;
}

/** Makes the function that removes the base path from a request's URL. A URL without it, such as that of a probe past the proxy, is served as it is. */
function withoutBasePath(basePath: string): (request: { readonly url?: string | undefined }) => string {
  const below = belowPrefix(basePath);
  return ({ url = '/' }) => below(url) || url;
}

/** Refuses a request before it reaches a door, and records it. */
type Refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;

function createRefuse(record: RecordRefused, write: WriteReply): Refuse {
  return (thrown, request, reply) => {
    const { url } = request;
    const error = GatewayError.from(thrown);
    const clientRequestId = clientRequestIdOf(request.headers);
    const ids = record({ door: doorOf(url), error, clientRequestId, remoteAddress: remoteAddressOf(request) });
    write(reply, earlyErrorReply(error, url, ids));
  };
}

/** Checks every request before it reaches a door: its form, its origin, preflights. */
function checkRequests(
  app: FastifyInstance,
  { settings, originRules, draining, mounted }: ServerOptions,
  { write, refuse }: { readonly write: WriteReply; readonly refuse: Refuse },
): void {
  const cors = createCors(settings.origins);
  const checkForm = createCheckForm();
  app.addHook('onRequest', (request, reply, done) => {
    // Node then sends `connection: close`, and closes it.
    if (draining?.() === true) reply.raw.shouldKeepAlive = false;
    try {
      // Set on the raw response, they are on every answer.
      for (const [name, value] of Object.entries(cors.headersOf(request.raw))) reply.raw.setHeader(name, value);
      const formError = checkForm(request.raw);
      if (formError !== undefined) throw formError;
      const rules = originRules();
      if (rules !== undefined) checkOrigin(request.headers, rules);
      const preflight = cors.preflightOf(request.raw);
      if (preflight !== undefined) return write(reply, preflightReply(preflight));
      // Body parsers of an application may work on bytes that have no declared length.
      if (mounted === undefined) requireLength(request.raw);
      done();
    } catch (thrown) {
      refuse(thrown, request, reply);
    }
  });
}
