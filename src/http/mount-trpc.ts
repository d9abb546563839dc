import { Readable } from 'node:stream';
import type { FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import type { DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { fromTrpcError } from '../router/errors.ts';
import { adapterResponseMeta, type Carried } from '../trpc/adapter.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import { MAX_BATCH_SIZE, TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply } from '../trpc/reply.ts';
import type { WriteReply } from './write-reply.ts';

/** What the mount is made of. */
export interface TrpcMountOptions {
  readonly door: TrpcDoor;
  readonly requestOf: (request: FastifyRequest, reply: FastifyReply) => DoorRequest;
  readonly write: WriteReply;
  /** Answers a request on which something was thrown that nobody knows. */
  readonly failed: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;
}

/** Mounts the tRPC door: our own writers in front, tRPC's own adapter for Fastify behind them on the same paths. */
export function mountTrpc(app: FastifyInstance, { door, requestOf, write, failed }: TrpcMountOptions): void {
  const onTheirWay = new WeakMap<FastifyRequest, Carried>();

  async function serve(request: FastifyRequest, reply: FastifyReply, goOn: () => void): Promise<void> {
    const answer = await door.handle(requestOf(request, reply), pathOf(request));
    if (answer.kind !== 'carried') return write(reply, answer);
    onTheirWay.set(request, answer);
    reply.header('x-request-id', answer.context.id);
    // Of a response that did not get through the abort tells the end.
    reply.raw.once('close', () => reply.raw.writableFinished && answer.through(reply.raw.statusCode));
    goOn();
  }

  const trpcOptions: FastifyTRPCPluginOptions<AppRouter>['trpcOptions'] = {
    router: door.router,
    maxBatchSize: MAX_BATCH_SIZE,
    createContext({ req }) {
      const carried = onTheirWay.get(req);
      if (carried === undefined) throw new GatewayError('internal_error', { message: 'The request was not carried.' });
      return carried.context;
    },
    responseMeta: adapterResponseMeta,
    onError: ({ error, path, req }) => onTheirWay.get(req)?.refused(path, fromTrpcError(error)),
  };

  void app.register(async (scope) => {
    scope.addHook('onRequest', (request, reply, done) => {
      serve(request, reply, done).catch((thrown: unknown) => failed(thrown, request, reply));
    });
    // The door has read the body, within our limits; the adapter is given it as if it came just now.
    scope.addHook('preParsing', async (request, _, payload) => {
      const body = onTheirWay.get(request)?.body;
      return body === undefined ? payload : Readable.from([body], { objectMode: false });
    });
    // What the adapter's answer depends on would be said in the place of what ours does.
    scope.addHook('onSend', async (_, reply, payload) => {
      const ours = reply.raw.getHeader('vary');
      if (ours !== undefined && payload instanceof Response) payload.headers.append('vary', String(ours));
    });
    scope.setErrorHandler((error, request, reply) => {
      const known = errorOf(error);
      const carried = onTheirWay.get(request);
      carried?.refused(undefined, known);
      write(reply, errorReply(known, { requestId: carried?.context.id }));
    });
    // The same as tRPC's plugin, whose adapter is loaded when a request needs it: Node's own `fetch` comes with it.
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body));
    scope.addContentTypeParser('multipart/form-data', (_, body, done) => done(null, body));
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify, unlike Express, awaits its handlers
    scope.all(`${TRPC_PREFIX}/:path`, async (req, res) => {
      const { fastifyRequestHandler } = await import('@trpc/server/adapters/fastify');
      await fastifyRequestHandler({ ...trpcOptions, req, res, path: pathOf(req) });
    });
  });
}

/** The path behind the prefix as Fastify has decoded it, which is what the adapter is given. */
function pathOf({ params }: FastifyRequest): string {
  return typeof params === 'object' && params !== null && 'path' in params ? String(params.path) : '';
}

/** What Fastify refuses while it reads a body for the adapter. */
function errorOf(error: unknown): GatewayError {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new GatewayError('request_too_large', { message: 'The body is too large.' });
  if (status >= 400 && status < 500)
    return new GatewayError('invalid_request', { message: 'This is no well-formed request.', cause: error });
  return GatewayError.from(error);
}
