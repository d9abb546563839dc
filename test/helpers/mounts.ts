import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { initTRPC } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import type { ChatCompletion, ChatCompletionChunk, ChatInput } from '../../src/domain/chat.ts';
import {
  type CallerIdentity,
  createSpillwayRouter,
  formatSpillwayError,
  toFetchHandler,
  toNodeHandler,
} from '../../src/index.ts';
import spillway from '../../src/mount/fastify.ts';
import type { Rig } from './gateway.ts';
import { listenOnLoopback } from './listen.ts';

/** A gateway mounted in an application, and how its clients reach it. */
export interface Mounted {
  /** Where its paths begin: `/v1` and `/trpc` are below it. */
  readonly url: string;
  readonly fetch: typeof fetch;
}

/** Options of a mount in a test. */
export interface TestMountOptions {
  /** The application's own authentication, given the request's `x-user`. */
  readonly principal?:
    | ((user: string | undefined) => CallerIdentity | undefined | Promise<CallerIdentity | undefined>)
    | undefined;
}

/** Mounts the gateway of a rig below `/app/llm` of an application, which ends with the rig. */
export type Mount = (rig: Rig, options?: TestMountOptions) => Promise<Mounted>;

const PREFIX = '/app/llm';

/** Starts a server that ends with the rig. Resolves with its URL. */
export async function serveIn(rig: Rig, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const port = await listenOnLoopback(server);
  rig.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${port}`;
}

/** The user that a web request names. */
export function userOf(headers: Headers): string | undefined {
  return headers.get('x-user') ?? undefined;
}

function headerOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const user = headers['x-user'];
  return typeof user === 'string' ? user : undefined;
}

const fetchOptions = ({ principal }: TestMountOptions) => ({
  prefix: PREFIX,
  principal: principal && ((request: Request) => principal(userOf(request.headers))),
});
const nodeOptions = ({ principal }: TestMountOptions) => ({
  principal: principal && ((request: Pick<IncomingMessage, 'headers'>) => principal(headerOf(request))),
});

/** Every public mount. */
export const MOUNTS = {
  async 'a fetch handler'({ gateway }, options = {}) {
    const handler = toFetchHandler(gateway, fetchOptions(options));
    return { url: `http://app.test${PREFIX}`, fetch: (input, init) => handler(new Request(input, init)) };
  },
  async Hono({ gateway }, options = {}) {
    const handler = toFetchHandler(gateway, fetchOptions(options));
    const app = new Hono().all(`${PREFIX}/*`, ({ req }) => handler(req.raw));
    return { url: `http://app.test${PREFIX}`, fetch: async (input, init) => app.fetch(new Request(input, init)) };
  },
  async 'a server of Node'(rig, options = {}) {
    const handler = toNodeHandler(rig.gateway, { ...nodeOptions(options), prefix: PREFIX });
    return { url: (await serveIn(rig, handler)) + PREFIX, fetch };
  },
  async Express(rig, options = {}) {
    const app = express().use(PREFIX, toNodeHandler(rig.gateway, nodeOptions(options)));
    return { url: (await serveIn(rig, app)) + PREFIX, fetch };
  },
  async 'a plugin of Fastify'(rig, options = {}) {
    const app = Fastify();
    await app.register(spillway, { ...nodeOptions(options), gateway: rig.gateway, prefix: PREFIX });
    rig.defer(() => app.close());
    return { url: (await app.listen({ host: '127.0.0.1', port: 0 })) + PREFIX, fetch };
  },
} satisfies Readonly<Record<string, Mount>>;

/** The context of the application whose router has the gateway's. */
export interface AppContext {
  readonly user: string | undefined;
}

const t = initTRPC.context<AppContext>().create({ errorFormatter: formatSpillwayError });

/** An application's router with the gateway's under the name `llm`. */
export function mergedRouter({ gateway }: Pick<Rig, 'gateway'>, identify: (ctx: AppContext) => CallerIdentity = appOf) {
  return t.router({
    llm: createSpillwayRouter(gateway, identify),
    whoAmI: t.procedure.query(({ ctx }) => ctx.user ?? 'nobody'),
  });
}

/** Its type. */
export type MergedRouter = ReturnType<typeof mergedRouter>;

function appOf({ user = 'app' }: AppContext): CallerIdentity {
  return { principal: { id: user } };
}

/** Serves the merged router by tRPC's own adapter. */
export async function serveMerged(rig: Rig): Promise<Mounted> {
  const handler = createHTTPHandler({
    router: mergedRouter(rig),
    createContext: ({ req }) => ({ user: headerOf(req) }),
    allowMethodOverride: true,
  });
  return { url: await serveIn(rig, handler), fetch };
}

const createContext = ({ req }: { readonly req: Request }): AppContext => ({ user: userOf(req.headers) });

/** Serves the merged router by the gateway's own mount, which passes the provider's bytes on. */
export async function mountMerged(rig: Rig): Promise<Mounted> {
  const handler = toFetchHandler(rig.gateway, { trpc: { router: mergedRouter(rig), createContext } });
  return { url: 'http://app.test/trpc', fetch: (input, init) => handler(new Request(input, init)) };
}

/** The merged router's functions in process. */
export function mergedCaller(rig: Rig) {
  const create = t.createCallerFactory(mergedRouter(rig));
  type Options = { signal?: AbortSignal };
  const completionsOf = ({ signal }: Options) => create({ user: undefined }, signal && { signal }).llm.chat.completions;
  return {
    create: (input: ChatInput, options: Options): Promise<ChatCompletion> => completionsOf(options).create(input),
    stream: (input: ChatInput, options: Options): Promise<AsyncIterable<ChatCompletionChunk>> =>
      completionsOf(options).stream(input),
  };
}
