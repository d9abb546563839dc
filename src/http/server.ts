import type { IncomingMessage } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { checkOrigin, type OriginRules } from '../auth/origin.ts';
import { GatewayError } from '../domain/errors.ts';
import type { BytesReply, DoorRequest } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import { newRequestId } from '../lib/ids.ts';
import { errorReply } from '../rest/errors.ts';
import type { Handle } from '../rest/handle.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply as trpcErrorReply } from '../trpc/reply.ts';
import { watchCaller } from './disconnect.ts';
import { mountDocs } from './docs.ts';
import { readBody } from './read-body.ts';
import { mountTrpc } from './trpc.ts';
import { createWriteReply } from './write-reply.ts';

/** What the HTTP edge is made of; times in milliseconds, sizes in bytes. */
export interface ServerOptions {
  readonly doors: { readonly rest: Handle; readonly trpc: TrpcDoor };
  readonly clock: Clock;
  readonly bodyLimit: number;
  readonly writeIdle: number;
  /** Asked for each request: set for a gateway without keys, which only local callers may use. */
  readonly originRules: () => OriginRules | undefined;
  /** Whether callers should come back on another connection, which leads to another process. */
  readonly draining?: (() => boolean) | undefined;
}

/** How long a caller may take to send a head, in milliseconds. */
const HEADERS_TIMEOUT_MS = 30_000;
/** The longest last segment of a path, in characters: a full batch of tRPC's names fits. */
const MAX_SEGMENT = 1024;

/** Makes the HTTP edge, not listening yet. It accepts, notices who leaves, and writes; what is answered the doors decide. */
export function createServer({
  doors,
  clock,
  bodyLimit,
  writeIdle,
  originRules,
  ...options
}: ServerOptions): FastifyInstance {
  const { draining = () => false } = options;
  const write = createWriteReply(clock, writeIdle);
  const app = Fastify({
    logger: false,
    bodyLimit,
    forceCloseConnections: 'idle',
    // Who comes too late is refused by the doors, in their own shape.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_SEGMENT },
    http: { headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: 16 * 1024 },
    frameworkErrors: (_, __, reply) => write(reply, refusal(malformed())),
    clientErrorHandler(error, socket) {
      const code = 'code' in error ? error.code : undefined;
      if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
      const line = code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      const { body } = refusal(malformed());
      socket.end(
        `HTTP/1.1 ${line}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.toString()}`,
      );
    },
  });
  // Bodies are read by the doors, when they have decided that they want them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const requestOf = ({ raw, method, headers }: FastifyRequest, reply: FastifyReply): DoorRequest => ({
    method,
    url: raw.url ?? '/',
    headers,
    signal: watchCaller(reply.raw).signal,
    body: (signal) => readBody(raw, bodyLimit, signal),
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    try {
      write(reply, await doors.rest(requestOf(request, reply)));
    } catch {
      // Nothing is known to throw here; should it, the caller is cut off rather than left waiting.
      reply.raw.destroy();
    }
  }

  app.addHook('onRequest', (request, reply, done) => {
    // Node then says `connection: close`, and means it.
    if (draining()) reply.raw.shouldKeepAlive = false;
    try {
      const rules = originRules();
      if (!wellFormed(request.raw)) throw malformed();
      if (rules !== undefined) checkOrigin(request.headers, rules);
      done();
    } catch (thrown) {
      write(reply, refusal(GatewayError.from(thrown), request.url));
    }
  });
  mountTrpc(app, { door: doors.trpc, requestOf, write });
  mountDocs(app, { rest: doors.rest, requestOf, write });
  app.setNotFoundHandler(answer);
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
  app.all('/*', answer);
  return app;
}

/** A refusal before any door is reached, in the shape of the door that was wanted. */
function refusal(error: GatewayError, url = ''): BytesReply {
  const requestId = newRequestId();
  const headers = { 'x-request-id': requestId };
  return url.startsWith(`${TRPC_PREFIX}/`) ? trpcErrorReply(error, { requestId }, headers) : errorReply(error, headers);
}

/** A target that is a path, and a Host that is a host: anything else means another server to whoever reads it after us. */
function wellFormed({ url = '', headers: { host = '' } }: IncomingMessage): boolean {
  return (
    url.startsWith('/') &&
    /^(?:\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?$/i.test(host) &&
    URL.canParse(`http://${host}`)
  );
}

function malformed(): GatewayError {
  return new GatewayError('invalid_request', { message: 'This is no well-formed HTTP request.' });
}
