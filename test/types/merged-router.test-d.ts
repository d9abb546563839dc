import { createTRPCClient, httpLink, type TRPCClientError } from '@trpc/client';
import { type inferRouterInputs, type inferRouterOutputs, initTRPC } from '@trpc/server';
import { expectTypeOf, test } from 'vitest';
import type { AppRouter, ErrorShape } from '../../client/index.ts';
import { createSpillwayRouter, formatSpillwayError, type Gateway } from '../../src/index.ts';

interface AppContext {
  readonly user: { readonly id: string };
}

const gateway = {} as Gateway;
const t = initTRPC.context<AppContext>().create({ errorFormatter: formatSpillwayError });
const appRouter = t.router({
  llm: createSpillwayRouter(gateway, ({ user }: AppContext) => ({ principal: { id: user.id }, tags: ['web'] })),
  todos: t.router({ list: t.procedure.query(({ ctx }) => [ctx.user.id]) }),
});
type App = typeof appRouter;

test('inputs and outputs of a merged router are those of the gateway’s own', () => {
  type Inputs = inferRouterInputs<App>['llm'];
  type Outputs = inferRouterOutputs<App>['llm'];
  expectTypeOf<Outputs>().toEqualTypeOf<inferRouterOutputs<AppRouter>>();
  expectTypeOf<Inputs>().toEqualTypeOf<inferRouterInputs<AppRouter>>();
  expectTypeOf<inferRouterOutputs<App>['todos']['list']>().toEqualTypeOf<string[]>();
});

test('a client of the application knows the procedures, and its errors hold the gateway’s', async () => {
  const client = createTRPCClient<App>({ links: [httpLink({ url: '' })] });
  const messages = [{ role: 'user', content: 'Hello' }] as const;
  const answer = await client.llm.chat.completions.create.mutate({ messages });
  expectTypeOf(answer.choices[0]!.message.content).toEqualTypeOf<string | null>();
  client.llm.chat.completions.stream.subscribe(
    { messages },
    { onData: (chunk) => expectTypeOf(chunk.choices[0]!.delta.content).toEqualTypeOf<string | null | undefined>() },
  );
  // @ts-expect-error -- inputs are checked
  void client.llm.chat.completions.create.mutate({ messages: 7 });
  // @ts-expect-error -- there is no such procedure
  void client.llm.chat.completions.destroy;
  expectTypeOf<NonNullable<TRPCClientError<App>['shape']>>().toExtend<ErrorShape | { message: string }>();
});

test('the context is the application’s, and a caller without it does not compile', () => {
  expectTypeOf<App['_def']['_config']['$types']['ctx']>().toEqualTypeOf<AppContext>();
  const create = t.createCallerFactory(appRouter);
  void create({ user: { id: 'x' } }).llm.models.list();
  // @ts-expect-error -- the context has a user
  create({});
  // @ts-expect-error -- an identity has a principal
  createSpillwayRouter(gateway, ({ user }: AppContext) => ({ id: user.id }));
  // @ts-expect-error -- no application may be the process itself
  createSpillwayRouter(gateway, () => ({ principal: { id: 'x', role: 'internal' } }));
});
