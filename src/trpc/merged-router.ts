import { type AnyTRPCRouter, initTRPC, type TRPCBuiltRouter, type TRPCDefaultErrorShape } from '@trpc/server';
import type { CallerIdentity } from '../domain/caller-identity.ts';
import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw } from '../domain/event-stream.ts';
import type { RequestIds } from '../domain/scope.ts';
import { identifyBy } from '../door/identify.ts';
import { type DoorTools, occupiesChain, streamOf } from '../door/admit.ts';
import { openAbortScope } from '../lib/abort.ts';
import { type AppRouter, appRouter } from '../router/app-router.ts';
import { singleCall } from '../router/call-context.ts';
import { createCallProcedure } from '../router/call-procedure.ts';
import type { Meta } from '../router/context.ts';
import { type Definition, definitionsOf } from '../router/definitions.ts';
import { CallError } from '../router/errors.ts';

/** Finds out who calls, from the context of an application's own tRPC router. */
export type IdentityOf<TContext> = (ctx: TContext) => CallerIdentity | undefined | Promise<CallerIdentity | undefined>;

/** The gateway's procedures as a router over an application's own context; types of inputs and outputs are those of the gateway's router. */
export type SpillwayRouter<TContext extends object> = TRPCBuiltRouter<
  { ctx: TContext; meta: Meta; errorShape: TRPCDefaultErrorShape; transformer: boolean },
  AppRouter['_def']['record']
>;

/** One call as tRPC passes it to a resolver. */
interface MergedCall {
  readonly ctx: object;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a router with all procedures of the gateway, to be merged into an application's own. Each call is a request of its own, with its own record
 * and id, and is cancelled by the signals of tRPC and of the identity. Errors are TRPCErrors whose cause is the GatewayError.
 */
export function createMergedRouter<TContext extends object>(
  tools: DoorTools,
  identityOf: IdentityOf<TContext>,
): SpillwayRouter<TContext> {
  const definitions = definitionsOf(appRouter);
  const perform = createCallProcedure(definitions);

  async function call(path: string, { ctx, input, signal }: MergedCall): Promise<unknown> {
    const abort = signal === undefined ? openAbortScope() : openAbortScope(signal);
    const opened = tools.openScope(undefined, abort);
    opened.report.operation = path;
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the application merges this router into one with that context
      const known = await identifyBy(() => identityOf(ctx as TContext), { scope: opened, abort, emit: tools.emit });
      refuseResumption(path, input);
      // Without an identity the caller is anonymous, and only public procedures answer.
      const scope = known === undefined ? opened : opened.as(known.principal, {});
      const meta = definitions.get(path)?.meta;
      if (known !== undefined && meta !== undefined && occupiesChain(meta))
        opened.report.place = tools.places.take(known.principal);
      const value = await perform({ path, input, context: singleCall(tools.callContext(scope, NO_BODY)) });
      const stream = streamOf(value, scope, tools.emit);
      return stream === undefined ? value : new CallStream(stream, scope);
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      opened.fail(error);
      throw new CallError(error, opened);
    }
  }

  /** Other streams have no event ids. tRPC merges the id of a client that wants to resume into the input, and so into the request. */
  function refuseResumption(path: string, input: unknown): void {
    const definition = definitions.get(path);
    if (definition?.type !== 'subscription' || definition.meta?.resumable === 'by event id') return;
    if (typeof input !== 'object' || input === null || !('lastEventId' in input)) return;
    const message = 'This stream cannot be resumed; send the request again without a last event id.';
    throw new GatewayError('invalid_request', { message, param: 'lastEventId' });
  }

  const { router, procedure } = initTRPC.context<object>().meta<Meta>().create();

  function procedureOf(path: string, definition: Definition) {
    const made = resolving(path, definition);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    merged.set(made, { path, type: definition.type, identityOf: identityOf as IdentityOf<object> });
    return made;
  }

  function resolving(path: string, { type, meta }: Definition) {
    // Checked within the call's own scope, so that a wrong input is a request with a record.
    const base = (meta === undefined ? procedure : procedure.meta(meta)).input((input: unknown) => input);
    const resolver = (options: MergedCall): Promise<unknown> => call(path, options);
    if (type === 'query') return base.query(resolver);
    if (type === 'mutation') return base.mutation(resolver);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the definition of a subscription resolves with a stream
    return base.subscription((options) => call(path, options) as Promise<AsyncIterable<unknown>>);
  }

  function recordOf(original: object, prefix: string): Record<string, ReturnType<typeof resolving> | AnyTRPCRouter> {
    const members = Object.entries(original).map(([name, each]: [string, object]) => {
      const path = prefix + name;
      const definition = definitions.get(path);
      return [name, definition === undefined ? router(recordOf(each, `${path}.`)) : procedureOf(path, definition)];
    });
    return Object.fromEntries(members);
  }

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from the definitions of the router whose type this is
  return router(recordOf(appRouter._def.record, '')) as unknown as SpillwayRouter<TContext>;
}

/** The stream of one call. Its iteration throws what tRPC passes on: tRPC makes an error that clients retry of any other. */
class CallStream implements EventStream<unknown> {
  readonly #stream: EventStream<unknown>;
  readonly #ids: RequestIds;

  constructor(stream: EventStream<unknown>, ids: RequestIds) {
    this.#stream = stream;
    this.#ids = ids;
  }

  get [raw](): EventStream<unknown>[typeof raw] {
    return this.#stream[raw];
  }

  get early(): boolean | undefined {
    return this.#stream.early;
  }

  get named(): boolean | undefined {
    return this.#stream.named;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    const items = this.#stream[Symbol.asyncIterator]();
    return {
      next: () =>
        items.next().catch((thrown: unknown) => {
          throw new CallError(GatewayError.from(thrown), this.#ids);
        }),
      return: async () => (await items.return?.()) ?? { done: true, value: undefined },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
  }
}

/** A procedure of the gateway in an application's own router. */
export interface MergedProcedure {
  /** Its path in the gateway's router. */
  readonly path: string;
  readonly type: Definition['type'];
  /** Finds out who calls; the context is the one of the application. */
  readonly identityOf: IdentityOf<object>;
}

/** tRPC keeps procedures as they are when it merges routers. */
const merged = new WeakMap<object, MergedProcedure>();

/** The gateway's procedure that a procedure of a router is; undefined for an application's own. */
export function mergedProcedureOf(procedure: unknown): MergedProcedure | undefined {
  return typeof procedure === 'function' ? merged.get(procedure) : undefined;
}

const NO_BODY = Object.freeze({ body: undefined, headers: Object.freeze({}) });
