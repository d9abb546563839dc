import { fastifyTRPCPlugin, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, GatewayError } from '../domain/errors.ts';
import { accept } from '../door/admit.ts';
import type { DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { fromTrpcError } from '../router/errors.ts';
import { adapterResponseMeta, type Carried, createAdapterContext, MAX_BATCH_SIZE } from '../trpc/adapter.ts';
import type { TrpcDoor } from '../trpc/door.ts';
import type { OwnMatch } from '../trpc/handle.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';
import { errorReply } from '../trpc/reply.ts';
import { watchCaller } from './disconnect.ts';
import type { WriteReply } from './write-reply.ts';

/** What the mount is made of. */
export interface TrpcMountOptions {
  readonly door: TrpcDoor;
  readonly requestOf: (request: FastifyRequest) => DoorRequest;
  readonly write: WriteReply;
}

/** Mounts the tRPC door: our own writers in front, tRPC's official plugin behind them on the same paths. */
export function mountTrpc(app: FastifyInstance, { door, requestOf, write }: TrpcMountOptions): void {
  const carried = new WeakMap<FastifyRequest, Carried>();

  async function answer(match: OwnMatch, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    write(reply, await door.handle(match, requestOf(request), { signal: watchCaller(reply.raw).signal }));
  }

  /** Opens the records of a request that the plugin will answer; its procedures tell their own ends, this tells all others. */
  function carry(request: FastifyRequest, reply: FastifyReply): void {
    const { headers } = request;
    const { signal } = watchCaller(reply.raw);
    const opened = accept(door.tools, headers, signal);
    carried.set(request, { opened, headers, signal });
    reply.header('x-request-id', opened.id);
    reply.raw.once('close', () => {
      const status = reply.raw.statusCode;
      if (signal.aborted) opened.fail(new GatewayError('client_closed', { message: 'The caller has gone.' }));
      else opened.finish({ status, code: refusals.get(request) ?? 'ok' });
    });
  }

  const contextOf = createAdapterContext(door.router, door.tools);
  const refusals = new WeakMap<FastifyRequest, ErrorCode>();
  const trpcOptions: FastifyTRPCPluginOptions<AppRouter>['trpcOptions'] = {
    router: door.router,
    maxBatchSize: MAX_BATCH_SIZE,
    createContext({ req, info }) {
      const request = carried.get(req);
      if (request === undefined) throw new GatewayError('internal_error', { message: 'The request was not carried.' });
      return contextOf(request, info);
    },
    responseMeta: adapterResponseMeta,
    onError: ({ error, req }) => void refusals.set(req, fromTrpcError(error).code),
  };

  void app.register(async (scope) => {
    scope.addHook('onRequest', (request, reply, done) => {
      const match = door.match(requestOf(request));
      if (match.kind !== 'adapter') return void answer(match, request, reply);
      carry(request, reply);
      done();
    });
    scope.setErrorHandler((error, request, reply) => {
      const known = errorOf(error);
      const opened = carried.get(request)?.opened;
      opened?.fail(known);
      write(reply, errorReply(known, { requestId: opened?.id }));
    });
    await scope.register(fastifyTRPCPlugin, { prefix: TRPC_PREFIX, trpcOptions });
  });
}

/** What Fastify refuses while it reads a body for the plugin. */
function errorOf(error: unknown): GatewayError {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new GatewayError('request_too_large', { message: 'The body is too large.' });
  if (status >= 400 && status < 500)
    return new GatewayError('invalid_request', { message: 'This is no well-formed request.', cause: error });
  return GatewayError.from(error);
}
