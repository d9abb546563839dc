import { createAccounts } from '../accounts/create-accounts.ts';
import { createSessions } from '../accounts/sessions.ts';
import { createGuesses } from '../auth/guesses.ts';
import { explainPlan } from '../chain/plan/explain.ts';
import { createRunner, type RunChain } from '../chain/run.ts';
import { createWaterfallTools } from '../chain/tools.ts';
import { createActiveConfig } from '../config/active-config.ts';
import { parseConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { type FilePrices, readPriceFile } from '../config/price-file.ts';
import { proxySecrets, readProxies } from '../config/proxies.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { responseSettings } from '../config/response-settings.ts';
import { serverSettings } from '../config/server-settings.ts';
import { codecOf } from '../dialects/codec-of.ts';
import { GatewayError } from '../domain/errors.ts';
import { createProgress } from '../domain/progress.ts';
import { createRequests } from '../domain/requests.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { createCohort } from '../lib/cohort.ts';
import { createNewRequestId, newGatewayName } from '../lib/ids.ts';
import { createAttemptStats } from '../observe/attempt-stats.ts';
import { createRecentRequests } from '../observe/recent-requests.ts';
import type { Traces } from '../observe/traces/traces.ts';
import { createOverload } from '../overload/overload.ts';
import { createKeptResponses } from '../runs/kept-responses.ts';
import type { SharedRuns } from '../runs/shared-runs.ts';
import { createTransport } from '../upstream/dispatch.ts';
import { createPools, type Pools } from '../upstream/pools.ts';
import { background } from '../lib/background.ts';
import { createDoors } from './doors.ts';
import type { Gateway, GatewayOptions, SharedGatewayOptions } from './gateway.ts';
import { followPrices } from './follow-prices.ts';
import { createLifecycle } from './lifecycle.ts';
import { listenersOf } from './listeners-of.ts';
import { metricsDocument, openMetrics } from './open-metrics.ts';
import { openRuns, shareRuns } from './open-runs.ts';
import { type OpenedState, openState } from './open-state.ts';
import { openTraces } from './open-traces.ts';
import { openStores, type Stores } from './open-stores.ts';
import { prepareWith } from './prepare-calls.ts';
import { createReload } from './reload.ts';
import { createRevocation } from './revocation.ts';
import { createServices } from './services.ts';

/** Makes a gateway from a configuration. Rejects with a ConfigError that lists every problem, or with a StoreError. */
export async function createGateway(input: ConfigInput, options: GatewayOptions = {}): Promise<Gateway> {
  const parsed = parseConfig(input, options.environment ?? process.env);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return openGateway(parsed.config, options);
}

/** Makes a gateway from a parsed configuration, with what its store holds. Rejects with a ConfigError for its file of prices, or with a StoreError. */
export async function openGateway(config: Config, options: SharedGatewayOptions = {}): Promise<Gateway> {
  const { clock = systemClock, onProblem = warn } = options;
  const file = readPriceFile(config.prices?.file);
  if (!file.ok) throw new ConfigError(file.problems);
  const name = newGatewayName();
  const [opened, sharedRuns] = await Promise.all([
    openState({ config, ledger: options.ledger, clock, name, onProblem }),
    options.sharedRuns ?? shareRuns({ config, clock, name, onProblem }),
  ]);
  const shutdown = openAbortScope();
  let stores: Stores | undefined;
  let traces: Traces | undefined;
  try {
    const { openStore: open, shareFlush } = options;
    stores = await openStores({ config, ...opened, clock, signal: shutdown.signal, onProblem, open });
    shareFlush?.(stores.flush);
    traces = await openTraces({ config, clock, name, environment: options.environment ?? process.env, onProblem });
    const own = { options, clock, onProblem, prices: file.prices, name };
    return compose(config, { ...own, opened, sharedRuns, shutdown, stores, traces });
  } catch (error) {
    await traces?.close();
    await stores?.release();
    await sharedRuns?.[Symbol.asyncDispose]();
    await opened.close();
    throw error;
  }
}

/** What a gateway is composed of, beside its configuration. */
interface Opened {
  readonly options: SharedGatewayOptions;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
  /** Those of the configuration's file. */
  readonly prices: FilePrices;
  readonly opened: OpenedState;
  readonly shutdown: AbortScope;
  readonly stores: Stores;
  /** Undefined where runs are this gateway's own. */
  readonly sharedRuns: SharedRuns | undefined;
  /** Undefined where nothing is traced. */
  readonly traces: Traces | undefined;
  /** The gateway's own name. */
  readonly name: string;
}

/** Makes everything and wires it. Throws what a source of keys throws. */
function compose(config: Config, parts: Opened): Gateway {
  const { options, clock, onProblem, prices, shutdown, stores, traces, name, sharedRuns } = parts;
  const { state, sharing } = parts.opened;
  const { onEvent = [], stages = [], environment = process.env, lookup } = options;
  const { random = Math.random, keySources = [], source = 'a value', newId = createNewRequestId(clock) } = options;
  const { store, money, keys, requests: requestLog } = stores;
  const { log, bodies } = requestLog;
  const [{ replica }, { signal }] = [keys, shutdown];
  const progress = createProgress();
  const secrets = proxySecrets(environment);
  const active = createActiveConfig(config, { source, clock, keySources: [...keySources, replica], secrets });
  const isConfigured = (provider: string, model: string) => active.snapshot.pairs.has(`${provider}/${model}`);
  const counts = { stats: createAttemptStats({ clock, isConfigured }), recent: createRecentRequests(clock) };
  const { standings, batches } = money;
  const metrics = openMetrics({ active, replica, batches });
  const listening = { onEvent, progress, money, log, ...counts, metrics, table: replica.table };
  const emit = listenersOf({ ...listening, active: () => active, clock, signal, onProblem });
  parts.opened.follow(emit);
  const pools = createPools({ lookup, proxyOf: readProxies(environment) });
  const attempt = { transport: createTransport(pools), clock, codecOf, inCohort: createCohort() };
  const timers = new DisposableStack();
  const overload = timers.use(createOverload({ ...serverSettings(config, options.processes), clock, random, emit }));
  const tools = createWaterfallTools({ attempt, state, emit, progress, random, overload });
  const requests = createRequests({ name, clock, emit, tracing: traces?.tracing });
  const pricing = timers.use(followPrices({ prices: tools.prices, clock: background(clock), onProblem }));
  pricing.follow(config.prices?.file, prices);
  const streamsOf = (digest: string) => replica.table.revokedStreamsOf(digest);
  const sessionOf = (digest: string) => replica.session(digest);
  const revocation = timers.use(createRevocation({ active, requests, clock, streamsOf, sessionOf }));
  keys.follow(active, revocation);
  requestLog.follow(active);
  const accounts = createAccounts({ store, replica, snapshot: () => active.snapshot, standings, clock });
  const sessions = timers.use(createSessions({ store, replica, clock: background(clock) }));
  const guesses = timers.use(createGuesses({ clock, emit }));
  const release = releaseOf({ ...parts, timers, pools });
  const lifecycle = createLifecycle({ requests, shutdown, overload, onLeave: (at) => runs.sendOn(at), release });
  const terms = { termsOf: (tenant: string) => accounts.tenant(tenant), config: () => active.config };
  const { admission = money.admission(tools, terms) } = options;
  const run = refusingWhenClosed(bodies.capturing(createRunner({ admission, stages, tools })), lifecycle);
  const runs = openRuns({ active, requests, revocation, run, clock, newId, shared: sharedRuns });
  const responses = createKeptResponses({ clock, settings: () => responseSettings(active.config) });
  const served = { tools, active, requests, lifecycle, runs, responses, store, batches, ...counts, accounts, replica };
  const services = createServices({ ...served, sessions, guesses, requestLog });
  const shown = { log, bodies, traces, overload, sharing, shareMetrics: options.shareMetrics };
  const document = metricsDocument({ ...served, metrics, money, ...shown });
  const calls = {
    prepare: prepareWith({ responses }),
    services,
    run,
    runs,
    explain: explainPlan.bind(undefined, { ...tools, admission }),
  };
  const doors = { name, active, requests, revocation, guesses, sessions, replica, calls, clock, newId, emit };

  return {
    ...createDoors({ ...doors, places: overload.places, metrics: document, traces }),
    ...createReload({ active, environment, pricing, revocation, tools, pools }),
    get config() {
      return active.config;
    },
    get configuration() {
      return active.status;
    },
    get keyless() {
      return active.snapshot.auth.keyless;
    },
    get draining() {
      return lifecycle.draining;
    },
    redact: (text) => active.snapshot.redact(text),
    drain: lifecycle.drain,
    close: lifecycle.close,
    [Symbol.asyncDispose]: () => lifecycle.close(),
  };
}

/** What is released at the end, in this order; the limits last, since what is written to the store may still count. */
function releaseOf({
  sharedRuns,
  timers,
  pools,
  traces,
  stores,
  opened,
}: Released): readonly (() => PromiseLike<void>)[] {
  return [
    async () => sharedRuns?.[Symbol.asyncDispose](),
    async () => timers.dispose(),
    () => pools.close(),
    async () => traces?.close(),
    stores.release,
    opened.close,
  ];
}

interface Released extends Pick<Opened, 'traces' | 'stores' | 'sharedRuns' | 'opened'> {
  readonly timers: Disposable & { dispose(): void };
  readonly pools: Pick<Pools, 'close'>;
}

function warn(message: string): void {
  process.emitWarning(message);
}

function refusingWhenClosed(run: RunChain, lifecycle: { readonly closed: boolean }): RunChain {
  return (call, scope, own) => {
    if (!lifecycle.closed) return run(call, scope, own);
    throw new GatewayError('shutting_down', { message: 'The gateway is shutting down.', retryAfter: 1 });
  };
}
