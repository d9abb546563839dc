// Merges the gateway's procedures into an application's own tRPC router, under the name `llm` and with the application's context.
// Run: npm run example examples/merged-router.ts
// Then: curl -N 'http://127.0.0.1:PORT/todos' -H 'x-user: alice'
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { initTRPC } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { createGateway, createSpillwayRouter, formatSpillwayError } from 'spillway';
import { startDemo } from 'spillway/testing';

const demo = await startDemo();
const gateway = await createGateway({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
  defaults: { chain: 'default' },
});

interface Context {
  readonly user: string | undefined;
}
const t = initTRPC.context<Context>().create({ errorFormatter: formatSpillwayError });
const appRouter = t.router({
  llm: createSpillwayRouter(gateway, ({ user }: Context) =>
    user === undefined ? undefined : { principal: { id: user }, tags: ['web'] },
  ),
  todos: t.procedure.query(({ ctx }) => [`${ctx.user ?? 'nobody'}: try Spillway`]),
});

/** Clients import this type: `createTRPCClient<AppRouter>` has the types of `todos` and of the gateway's procedures. */
export type AppRouter = typeof appRouter;

const server = createHTTPServer({
  router: appRouter,
  // In place of this header an application reads its session.
  createContext: ({ req }): Context => ({ user: req.headers['x-user']?.toString() }),
  // `httpStreamLink` of `spillway/client` sends subscriptions by POST.
  allowMethodOverride: true,
});
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on a port has an address of this type
process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
