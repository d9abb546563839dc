import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { checkOrigin, type OriginRules } from '../auth/origin.ts';
import type { ServerSettings } from '../config/server-settings.ts';
import { GatewayError } from '../domain/errors.ts';
import type { DoorRequest, RecordRefused } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import type { Handle } from '../rest/handle.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import { createCors } from './cors.ts';
import { watchCaller } from './disconnect.ts';
import { mountDocs } from './mount-docs.ts';
import { createListener } from './listener.ts';
import { createReadBody } from './read-body.ts';
import { doorOf, preflightReply, refusal } from './early-error.ts';
import { remoteAddressOf } from './remote-address.ts';
import { mountTrpc } from './mount-trpc.ts';
import { complaintOf, malformed, requireLength } from './well-formed.ts';
import { createWriteReply } from './write-reply.ts';

/** What the HTTP edge is made of. */
export interface ServerOptions {
  readonly doors: {
    readonly rest: Handle;
    readonly trpc: TrpcDoor;
    readonly refused: RecordRefused;
  };
  readonly clock: Clock;
  /** How it listens is for who starts it; the rest is kept here. */
  readonly settings: Omit<ServerSettings, 'host' | 'port'>;
  /** Asked for each request: set for a gateway without keys, which only local callers may use. */
  readonly originRules: () => OriginRules | undefined;
  /** Whether callers should come back on another connection, which leads to another process. */
  readonly draining?: (() => boolean) | undefined;
}

/** The longest last segment of a path, in characters: a full batch of tRPC's names fits. */
const MAX_SEGMENT = 1024;

/** In the place of the compilers of schemas that Fastify would load at every start: no route here has a schema. */
function noSchemas(): never {
  throw new TypeError('A route has a schema, and there is no compiler for it.');
}

/** Makes the HTTP edge, not listening yet. It accepts, notices who leaves, and writes; what is answered the doors decide. */
export function createServer({ doors, clock, settings, originRules, draining }: ServerOptions): FastifyInstance {
  const { bodyLimit, bodyTimeout, writeIdle, origins, trustProxy } = settings;
  const write = createWriteReply(clock, writeIdle);
  const readBody = createReadBody({ clock, limit: bodyLimit, idle: bodyTimeout });
  const cors = createCors(origins);
  const app = Fastify({
    logger: false,
    bodyLimit,
    forceCloseConnections: 'idle',
    // Who comes too late is refused by the doors, in their own shape.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    trustProxy: typeof trustProxy === 'boolean' ? trustProxy : [...trustProxy],
    routerOptions: { maxParamLength: MAX_SEGMENT },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    serverFactory: (handler) => createListener(handler, { clock, ...settings }),
    frameworkErrors: (_, request, reply) => refuse(malformed(), request, reply),
    // The listener has its own.
    clientErrorHandler: () => undefined,
  });
  // Bodies are read by the doors, when they have decided that they want them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const requestOf = (request: FastifyRequest, { raw }: FastifyReply): DoorRequest => ({
    method: request.method,
    url: request.raw.url ?? '/',
    headers: request.headers,
    abort: watchCaller(raw),
    remoteAddress: remoteAddressOf(request),
    body: (signal) => readBody(raw, signal),
  });

  /** What nobody was known to throw is one request's answer, and not the end of all of them. */
  const failed = (thrown: unknown, { url }: FastifyRequest, reply: FastifyReply): void =>
    write(reply, refusal(GatewayError.from(thrown), url));

  function refuse(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { url } = request;
    const error = GatewayError.from(thrown);
    const id = doors.refused({ door: doorOf(url), error, remoteAddress: remoteAddressOf(request) });
    write(reply, refusal(error, url, id));
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    try {
      write(reply, await doors.rest(requestOf(request, reply)));
    } catch (thrown) {
      failed(thrown, request, reply);
    }
  }

  app.addHook('onRequest', (request, reply, done) => {
    // Node then says `connection: close`, and means it.
    if (draining?.() === true) reply.raw.shouldKeepAlive = false;
    try {
      // Set on the bare response, they are on whatever comes of it.
      for (const [name, value] of Object.entries(cors.headersOf(request.raw))) reply.raw.setHeader(name, value);
      const complaint = complaintOf(request.raw);
      if (complaint !== undefined) throw complaint;
      const rules = originRules();
      if (rules !== undefined) checkOrigin(request.headers, rules);
      const preflight = cors.preflightOf(request.raw);
      if (preflight !== undefined) return write(reply, preflightReply(preflight));
      requireLength(request.raw);
      done();
    } catch (thrown) {
      refuse(thrown, request, reply);
    }
  });
  app.setErrorHandler(failed);
  mountTrpc(app, { door: doors.trpc, requestOf, write, failed });
  mountDocs(app, { rest: doors.rest, requestOf, write });
  app.setNotFoundHandler(answer);
  void app.register(async (scope) => {
    // Answered before Fastify would look at a body's type and for handlers: the doors do that themselves.
    scope.addHook('onRequest', (request, reply) => void answer(request, reply));
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
    scope.all('/*', answer);
  });
  return app;
}
