import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import type { DoorRequest } from '../door/request.ts';
import { adapterOptions, type AdapterRequest } from '../trpc/adapter.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply } from '../trpc/reply.ts';
import type { WriteReply } from './write-reply.ts';

/** What the mount needs of the server. */
export interface TrpcMountOptions {
  readonly door: TrpcDoor;
  readonly requestOf: (request: FastifyRequest, reply: FastifyReply) => DoorRequest;
  readonly write: WriteReply;
  /** Answers a request on which something unexpected was thrown. */
  readonly failed: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;
}

/** Mounts the tRPC door: the gateway's own writers first, tRPC's own adapter for Fastify behind them on the same paths. */
export function mountTrpc(app: FastifyInstance, { door, requestOf, write, failed }: TrpcMountOptions): void {
  const adapterRequests = new WeakMap<FastifyRequest, AdapterRequest>();

  async function serve(request: FastifyRequest, reply: FastifyReply, next: () => void): Promise<void> {
    const answer = await door.handle(requestOf(request, reply), pathOf(request));
    if (answer.kind !== 'adapter') return write(reply, answer);
    adapterRequests.set(request, answer);
    reply.headers(answer.headers);
    // A response that is not sent completely ends its calls by the abort.
    reply.raw.once('close', () => reply.raw.writableFinished && answer.finish(reply.raw.statusCode));
    next();
  }

  const trpcOptions = adapterOptions<FastifyRequest>(door.router, (request) => adapterRequests.get(request));

  void app.register(async (scope) => {
    scope.addHook('onRequest', (request, reply, done) => {
      serve(request, reply, done).catch((thrown: unknown) => failed(thrown, request, reply));
    });
    // The door has read the body, within the gateway's limits; the adapter gets what it parses from memory.
    scope.addHook('preParsing', async (request, _, payload) => {
      const inputs = adapterRequests.get(request)?.inputs;
      if (inputs === undefined) return payload;
      // Fastify compares this size with the `content-length`, which is that of the bytes before they are decoded.
      const { json, receivedBytes } = inputs;
      const receivedEncodedLength = Number(request.headers['content-length'] ?? receivedBytes);
      return Object.assign(Readable.from([json], { objectMode: false }), { receivedEncodedLength });
    });
    // The adapter's `vary` would replace the gateway's.
    scope.addHook('onSend', async (_, reply, payload) => {
      const ours = reply.raw.getHeader('vary');
      if (ours !== undefined && payload instanceof Response) payload.headers.append('vary', String(ours));
    });
    scope.setErrorHandler((error, request, reply) => {
      const known = errorOf(error);
      const admitted = adapterRequests.get(request);
      admitted?.noteRefusal(undefined, known);
      write(reply, errorReply(known, { ids: admitted?.context.ids }));
    });
    // As in tRPC's plugin. The adapter is loaded when a request needs it, because Node's own `fetch` is loaded with it.
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body));
    scope.addContentTypeParser('multipart/form-data', (_, body, done) => done(null, body));
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
    scope.all(`${TRPC_PREFIX}/:path`, async (req, res) => {
      const { fastifyRequestHandler } = await import('@trpc/server/adapters/fastify');
      await fastifyRequestHandler({ ...trpcOptions, req, res, path: pathOf(req) });
    });
  });
}

/** The path behind the prefix as Fastify has decoded it, which is what the adapter receives. */
function pathOf({ params }: FastifyRequest): string {
  return typeof params === 'object' && params !== null && 'path' in params ? String(params.path) : '';
}

/** The error for what Fastify refuses while it reads a body for the adapter. */
function errorOf(error: unknown): GatewayError {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new GatewayError('request_too_large', { message: 'The body is too large.' });
  if (status >= 400 && status < 500)
    return new GatewayError('invalid_request', { message: 'This is no well-formed request.', cause: error });
  return GatewayError.from(error);
}
