import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { checkOrigin, type OriginRules } from '../auth/origin.ts';
import { GatewayError } from '../domain/errors.ts';
import { isEventStream } from '../domain/event-stream.ts';
import type { Clock } from '../lib/clock.ts';
import { newRequestId } from '../lib/ids.ts';
import { errorReply } from '../rest/errors.ts';
import type { FacadeReply, JsonReply } from '../rest/facade.ts';
import type { Handle } from '../rest/handle.ts';
import { REST_FRAMING } from '../sse/framing.ts';
import { pump } from '../sse/pump.ts';
import { watchCaller } from './disconnect.ts';
import { readBody } from './read-body.ts';
import { responseSink } from './response-sink.ts';

/** What the HTTP edge is made of; times in milliseconds, sizes in bytes. */
export interface ServerOptions {
  readonly handle: Handle;
  readonly clock: Clock;
  readonly bodyLimit: number;
  readonly writeIdle: number;
  /** Set for a gateway without keys, which only local callers may use. */
  readonly originRules: OriginRules | undefined;
}

/** How long a caller may take to send a head, in milliseconds. */
const HEADERS_TIMEOUT_MS = 30_000;

/** Makes the HTTP edge, not listening yet. It accepts, notices who leaves, and writes; what is answered the facade decides. */
export function createServer({ handle, clock, bodyLimit, writeIdle, originRules }: ServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: 16 * 1024 },
    frameworkErrors: (_, __, reply) => void serve(reply, badRequest()),
    clientErrorHandler(error, socket) {
      const code = 'code' in error ? error.code : undefined;
      if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
      const line = code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      const { body } = badRequest();
      socket.end(
        `HTTP/1.1 ${line}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.toString()}`,
      );
    },
  });
  // Bodies are read by the facade, when it has decided that it wants them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    const caller = watchCaller(reply.raw);
    const facade = await handle(
      {
        method: request.method,
        url: request.raw.url ?? '/',
        headers: request.headers,
        body: (signal) => readBody(request.raw, bodyLimit, signal),
      },
      { signal: caller.signal },
    );
    write(reply, facade);
  }

  function write(reply: FastifyReply, { status, headers, body }: FacadeReply): void {
    const response = reply.raw;
    if (response.destroyed) {
      if (isEventStream(body)) void body[Symbol.asyncDispose]();
      return;
    }
    // A hijacked reply passes no hook of Fastify's, so what plugins have set is carried over by hand.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value);
    if (isEventStream(body)) {
      // The head, and what of the stream is there already, leave in one packet.
      const { socket } = response;
      socket?.cork();
      response.writeHead(status, headers);
      response.flushHeaders();
      process.nextTick(() => socket?.uncork());
      return pump(body, responseSink(response), { framing: REST_FRAMING, clock, writeIdle });
    }
    // What is left of an unread body would be taken for the next request, so the connection goes with it.
    const unread = reply.request.raw.readableEnded || hasNoBody(reply.request) ? {} : { connection: 'close' };
    response.writeHead(status, { ...headers, ...unread, 'content-length': body.length });
    response.end(reply.request.method === 'HEAD' ? undefined : body);
  }

  function serve(reply: FastifyReply, facade: FacadeReply): void {
    reply.hijack();
    write(reply, facade);
  }

  if (originRules !== undefined) {
    app.addHook('onRequest', (request, reply, done) => {
      try {
        checkOrigin(request.headers, originRules);
        done();
      } catch (thrown) {
        serve(reply, errorReply(GatewayError.from(thrown), { 'x-request-id': newRequestId() }));
      }
    });
  }
  app.setNotFoundHandler(answer);
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
  app.all('/*', answer);
  return app;
}

function hasNoBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

function badRequest(): JsonReply {
  const error = new GatewayError('invalid_request', { message: 'This is no well-formed HTTP request.' });
  return errorReply(error, { 'x-request-id': newRequestId() });
}
