import type { LookupFunction } from 'node:net';
import { createRunner, type RunChain } from '../chain/run.ts';
import type { Stage } from '../chain/stage.ts';
import { type ConfigResult, parseConfig } from '../config/load.ts';
import { endpointsOf } from '../config/endpoint.ts';
import { ConfigError } from '../config/problems.ts';
import { listRoutes } from '../config/resolve.ts';
import { readProxies } from '../config/proxies.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { createServed } from '../config/served.ts';
import { serverSettings } from '../config/server-settings.ts';
import { openai } from '../dialects/openai/chat/codec.ts';
import { GatewayError } from '../domain/errors.ts';
import type { DoorTools } from '../door/admit.ts';
import type { RecordRefused } from '../door/request.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { Emit } from '../domain/events.ts';
import type { LimitStatus } from '../domain/limit-list.ts';
import { INTERNAL, type Principal } from '../domain/principal.ts';
import { createRequests } from '../domain/requests.ts';
import type { Door, RequestScope } from '../domain/scope.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { newGatewayName, type NewId, newRequestId } from '../lib/ids.ts';
import type { Redact } from '../lib/redact.ts';
import { admitEveryone } from '../limits/admission.ts';
import { explainPlan } from '../chain/plan/explain.ts';
import { createWaterfallTools } from '../chain/tools.ts';
import { createOverview } from '../limits/overview.ts';
import { fromIterable } from '../sse/from-iterable.ts';
import { onEnd } from '../sse/on-end.ts';
import { createMemoryState } from '../state/memory.ts';
import { guarded } from '../observe/listeners.ts';
import { createFetch, type GatewayFetch } from '../rest/fetch.ts';
import { createHandle, type Handle } from '../rest/handle.ts';
import { appRouter } from '../router/app-router.ts';
import { type CallServices, createCallContext, singleCall } from '../router/call-context.ts';
import { type Caller, createCaller } from '../router/caller.ts';
import { keepLimits } from '../store/keep-limits.ts';
import { openStore } from '../store/open-store.ts';
import { createTrpcDoor, type TrpcDoor } from '../trpc/handle.ts';
import { createTransport } from '../upstream/dispatch.ts';
import { createPools } from '../upstream/pools.ts';

/** What a gateway may be given beside its configuration. */
export interface GatewayOptions {
  /** Listens to events; called synchronously. What it throws is told as a warning of the process, and disturbs no request. */
  readonly onEvent?: Emit | undefined;
  /** Stages around every chain, the first one outermost. */
  readonly stages?: readonly Stage[] | undefined;
  /** Where `${NAME}` and the proxies' variables are read from; the process's environment unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Resolves the names of providers; the system's resolver unless given. What it answers is checked all the same. */
  readonly lookup?: LookupFunction | undefined;
  readonly clock?: Clock | undefined;
  readonly newId?: NewId | undefined;
  /** Told in words what is wrong with the store while it runs; a warning of the process unless given. Must not throw. */
  readonly onProblem?: ((message: string) => void) | undefined;
  /** Where the configuration is from, in a few words; `chains.status` tells it. */
  readonly source?: string | undefined;
}

/** What an HTTP edge stands in front of. */
export interface Doors {
  readonly rest: Handle;
  readonly trpc: TrpcDoor;
  readonly refused: RecordRefused;
}

/** A running gateway, without any socket of its own. */
export interface Gateway extends AsyncDisposable {
  /** The typed door in process. */
  readonly caller: Caller;
  /** The REST facade as a `fetch`, for any SDK in the same process. */
  readonly fetch: GatewayFetch;
  /** The same for somebody else than the process itself. */
  readonly fetchAs: (principal: Principal) => GatewayFetch;
  /** The doors that an HTTP edge opens to others. */
  readonly doors: Doors;
  /** The configuration that is served now. */
  readonly config: Config;
  /** How it came to be. */
  readonly configuration: ConfigurationStatus;
  /**
   * Serves from now on by another configuration; what runs goes on by its own. Rejects with a ConfigError that lists everything wrong with
   * it, and then goes on with the present one. The `server` section counts at the start only.
   */
  readonly reload: (input: ConfigInput) => Promise<void>;
  /** The same for one that was checked before: a bad one is noted in `configuration`. */
  readonly apply: (result: ConfigResult) => void;
  /** Takes the present configuration's secrets out of a text that is to be shown. */
  readonly redact: Redact;
  /** Whether it has been told to leave. */
  readonly draining: boolean;
  /** Is not ready from now on, so that balancers send nobody new; who comes is served. Idempotent. */
  readonly drain: () => void;
  /** Takes no new requests, gives what runs `graceMs` (0 unless given), ends the rest and closes every connection. Idempotent. */
  readonly close: (graceMs?: number) => Promise<void>;
}

/** Makes a gateway of a configuration. Rejects with a ConfigError that lists everything wrong with it, or a StoreError. */
export async function createGateway(input: ConfigInput, options: GatewayOptions = {}): Promise<Gateway> {
  const parsed = parseConfig(input, options.environment ?? process.env);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return openGateway(parsed.config, options);
}

/** Makes a gateway of a configuration that was checked before, with what its store has kept. Rejects with a StoreError. */
export async function openGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  const { onEvent, stages = [], clock = systemClock, newId = newRequestId, source = 'a value', lookup } = options;
  const emit = guarded(onEvent);
  const served = createServed(config, source, clock);
  const name = newGatewayName();
  const shutdown = openAbortScope();
  const state = createMemoryState(clock);
  const store = await openStore(config.store?.url ?? 'memory:', { clock, signal: shutdown.signal });
  const onProblem = options.onProblem ?? ((message: string) => process.emitWarning(message));
  const kept = await keepLimits({ store, state, clock, onProblem });
  const pools = createPools({ lookup, proxyOf: readProxies(options.environment ?? process.env) });
  const attempt = { transport: createTransport(pools), clock, dialect: openai };
  const tools = createWaterfallTools({ attempt, state, emit });
  const run = createRunner({ admission: admitEveryone, stages, tools });
  const overview = createOverview({ ...tools, clock });
  const { writeIdle, bodyLimit } = serverSettings(config);
  const requests = createRequests({ name, clock, emit });
  let draining = false;
  let closed = false;

  const openScope = (door: Door, abort: AbortScope, id = newId()): RequestScope =>
    requests.open({ id, door, abort, snapshot: served.snapshot });

  const refuseWhenClosed: RunChain = (call, scope) => {
    if (closed) throw new GatewayError('shutting_down', { message: 'The gateway is shutting down.', retryAfter: 1 });
    return run(call, scope);
  };

  const services: CallServices = {
    run: refuseWhenClosed,
    ready: () => !draining,
    configuration: () => served.status,
    entryStatus: (entry) => overview.entry(entry),
    limits: (scope) => overview.rows(listRoutes(scope.snapshot, scope.principal)),
    watchLimits,
    explain: (scope, call) => explainPlan(tools, scope, call),
  };
  const callContext: DoorTools['callContext'] = (scope, bytes) => createCallContext(services, scope, bytes);

  function watchLimits(scope: RequestScope): EventStream<LimitStatus> {
    const rows = fromIterable(
      overview.watch(() => listRoutes(served.snapshot, scope.principal), scope.signal),
      (error) => scope.fail(error),
    );
    return onEnd(rows, (end) => scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code }));
  }

  const toolsOf = (door: Door): DoorTools => ({
    name,
    openScope: (id, abort) => openScope(door, abort, id),
    callContext,
    emit,
  });
  const rest = createHandle(appRouter, toolsOf('rest'));
  const fetchAs = (principal: Principal): GatewayFetch =>
    createFetch({ handle: rest, principal, clock, writeIdle, bodyLimit });

  let closing: Promise<void> | undefined;
  const close = (graceMs = 0): Promise<void> => (closing ??= closeAll(graceMs));

  async function closeAll(graceMs: number): Promise<void> {
    draining = true;
    closed = true;
    await requests.untilIdle(graceMs);
    requests.abort('shutdown');
    shutdown.abort('shutdown');
    await pools.close();
    await kept[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  }

  function apply(result: ConfigResult): void {
    if (!served.apply(result)) return;
    tools.failureEffects.forgive();
    tools.profiles.forget();
    pools.retain(endpointsOf(served.config));
  }

  const refused: RecordRefused = ({ door, error, remoteAddress }) => {
    const scope = openScope(door, openAbortScope());
    scope.report.remoteAddress = remoteAddress;
    scope.fail(error);
    return scope.id;
  };

  return {
    caller: createCaller({
      openScope: ({ signal, ...rest }) =>
        openScope('process', signal === undefined ? openAbortScope() : openAbortScope(signal)).as(INTERNAL, rest),
      contextOf: (scope) => singleCall(callContext(scope, undefined)),
    }),
    fetch: fetchAs(INTERNAL),
    fetchAs,
    doors: { rest, trpc: createTrpcDoor(appRouter, toolsOf('trpc')), refused },
    get config() {
      return served.config;
    },
    get configuration() {
      return served.status;
    },
    redact: (text) => served.snapshot.redact(text),
    get draining() {
      return draining;
    },
    async reload(input) {
      const parsed = parseConfig(input, options.environment ?? process.env);
      apply(parsed);
      if (!parsed.ok) throw new ConfigError(parsed.problems);
    },
    apply,
    drain: () => void (draining = true),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
