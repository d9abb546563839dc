import {
  type AnyTRPCProcedure,
  createTRPCRecursiveProxy,
  type inferProcedureInput,
  type inferProcedureOutput,
} from '@trpc/server';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { RequestOptions, RequestScope } from '../domain/scope.ts';
import { type AppRouter, appRouter } from './app-router.ts';
import { createCallProcedure } from './call-procedure.ts';
import type { Context, Meta } from './context.ts';
import { definitionsOf } from './definitions.ts';

/** Options of a call in process, beside its input. */
export interface CallOptions extends RequestOptions {
  /** Cancels the call and the upstream's exchange. */
  readonly signal?: AbortSignal | undefined;
}

/** The procedures of a router's record as functions. A subscription returns a promise of an EventStream, any other one of its value. */
type Functions<TRecord> = {
  readonly [Name in keyof TRecord]: TRecord[Name] extends AnyTRPCProcedure
    ? (...args: Arguments<inferProcedureInput<TRecord[Name]>>) => Promise<Returned<TRecord[Name]>>
    : Functions<TRecord[Name]>;
};

type Arguments<Input> = Input extends void | undefined
  ? [input?: undefined, options?: CallOptions]
  : [input: Input, options?: CallOptions];

type Returned<TProcedure extends AnyTRPCProcedure> = TProcedure['_def']['type'] extends 'subscription'
  ? EventStream<Yielded<inferProcedureOutput<TProcedure>>>
  : inferProcedureOutput<TProcedure>;

type Yielded<Stream> = Stream extends AsyncIterable<infer Item> ? Item : never;

/** The router's procedures as functions, derived from the router. They reject with a GatewayError. */
export interface Caller extends Functions<AppRouter['_def']['record']> {}

/** What the in-process caller is made with. */
export interface CallerOptions {
  /** Opens the scope of a call of a procedure with these declarations. */
  readonly openScope: (options: CallOptions, meta: Meta | undefined) => RequestScope;
  readonly contextOf: (scope: RequestScope) => Context;
}

/** Makes the in-process door: one scope per call, the same procedures as every other door. */
export function createCaller({ openScope, contextOf }: CallerOptions): Caller {
  const definitions = definitionsOf(appRouter);
  const callProcedure = createCallProcedure(definitions);
  const proxy: unknown = createTRPCRecursiveProxy(async ({ path, args }) => {
    const [input, options] = args;
    const name = path.join('.');
    // Checked before the scope is opened: nothing would finish it.
    const definition = definitions.get(name);
    if (definition === undefined) throw new GatewayError('not_found', { message: `There is no procedure ${name}.` });
    return callProcedure({ path: name, input, context: contextOf(openScope(options ?? {}, definition.meta)) });
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the proxy answers any path; the type names those that exist
  return proxy as Caller;
}
