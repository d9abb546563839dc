import { callTRPCProcedure, initTRPC, TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Meta } from '../../src/router/context.ts';
import { definitionsOf } from '../../src/router/definitions.ts';
import { runSteps } from '../../src/router/run-steps.ts';

const trpc = initTRPC.context<{ readonly name: string }>().meta<Meta>().create();

const base = trpc.procedure
  .meta({ access: 'caller', summary: '' })
  .use(({ ctx, next }) => next({ ctx: { greeting: `hello ${ctx.name}` } }))
  .use(async ({ ctx, next, getRawInput }) => {
    const raw = await getRawInput();
    return next({ ctx: { both: `${ctx.greeting} ${JSON.stringify(raw)}` } });
  });

const router = trpc.router({
  returns: base
    .input(z.object({ n: z.number() }))
    .input(z.object({ m: z.number().default(2) }))
    .query(({ ctx, input, path, signal }) => ({ ...ctx, input, path, aborted: signal?.aborted })),
  takesNothing: base.mutation(({ ctx, input }) => ({ ctx, input })),
  throws: base.query(() => {
    throw new RangeError('a defect');
  }),
  refuses: base.query(() => {
    throw new TRPCError({ code: 'NOT_FOUND', message: 'missing' });
  }),
  stops: base
    .use(() => {
      throw new TRPCError({ code: 'FORBIDDEN' });
    })
    .query(() => 'never'),
  wraps: base
    .use(async ({ next }) => {
      const result = await next();
      return result.ok ? { ...result, data: { wrapped: result.data } } : result;
    })
    .query(() => 'inside'),
  replaces: base
    .use(({ next }) => next({ getRawInput: () => Promise.resolve({ n: 7 }) }))
    .input(z.looseObject({ n: z.number() }))
    .query(({ input }) => input),
});

const signal = new AbortController().signal;
const INPUTS = [undefined, null, 3, {}, { n: 1 }, { n: 1, m: 3, other: true }, { n: 'x' }];

test.each([...definitionsOf(router).keys()])('the result of %s is that of tRPC’s own caller', async (path) => {
  const definition = definitionsOf(router).get(path)!;
  const { type, meta, steps } = definition;
  for (const input of INPUTS) {
    const getRawInput = () => Promise.resolve(input);
    const common = { path, type, signal, batchIndex: 0 };
    const expected = await callTRPCProcedure({ ...common, router, ctx: { name: 'you' }, getRawInput }).then(
      (data: unknown) => ({ data }),
      (error: TRPCError) => ({ code: error.code, message: error.message, cause: error.cause?.constructor.name }),
    );
    const result = await runSteps(steps, { ...common, meta }, { ctx: { name: 'you' }, input: undefined, getRawInput });
    const actual = result.ok
      ? { data: result.data }
      : { code: result.error.code, message: result.error.message, cause: result.error.cause?.constructor.name };
    expect(actual).toEqual(expected);
  }
});
