import { createAccounts } from '../accounts/create-accounts.ts';
import { createGuesses } from '../auth/guesses.ts';
import { explainPlan } from '../chain/plan/explain.ts';
import { createRunner, type RunChain } from '../chain/run.ts';
import { createWaterfallTools } from '../chain/tools.ts';
import { createActiveConfig } from '../config/active-config.ts';
import { endpointsOf } from '../config/endpoint.ts';
import { type ConfigResult, parseConfig } from '../config/load.ts';
import { ConfigError, type ConfigProblem } from '../config/problems.ts';
import { readPriceFile } from '../config/price-file.ts';
import { proxySecrets, readProxies } from '../config/proxies.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { responseSettings } from '../config/response-settings.ts';
import { codecOf } from '../dialects/codec-of.ts';
import { GatewayError } from '../domain/errors.ts';
import { createProgress, publishEnds } from '../domain/progress.ts';
import { createRequests } from '../domain/requests.ts';
import { openAbortScope } from '../lib/abort.ts';
import { systemClock } from '../lib/clock.ts';
import { createCohort } from '../lib/cohort.ts';
import { createNewRequestId, newGatewayName } from '../lib/ids.ts';
import { budgetWebhook, type Webhook } from '../observe/budget-webhook.ts';
import { createAttemptStats } from '../observe/attempt-stats.ts';
import { emitTo } from '../observe/listeners.ts';
import { createKeptResponses } from '../runs/kept-responses.ts';
import { createMemoryState } from '../state/memory.ts';
import { keepLimits } from '../store/keep-limits.ts';
import { openStore } from '../store/open-store.ts';
import { createTransport } from '../upstream/dispatch.ts';
import { createPools } from '../upstream/pools.ts';
import { createDoors } from './doors.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { followPrices } from './follow-prices.ts';
import { createLifecycle } from './lifecycle.ts';
import { openMoney } from './open-money.ts';
import { openKeys } from './open-keys.ts';
import { openRuns } from './open-runs.ts';
import { prepareWith } from './prepare-calls.ts';
import { createRevocation } from './revocation.ts';
import { createServices } from './services.ts';

/** Makes a gateway from a configuration. Rejects with a ConfigError that lists every problem, or with a StoreError. */
export async function createGateway(input: ConfigInput, options: GatewayOptions = {}): Promise<Gateway> {
  const parsed = parseConfig(input, options.environment ?? process.env);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return openGateway(parsed.config, options);
}

/** Makes a gateway from a parsed configuration, with the limits that its store holds. Rejects with a ConfigError for its file of prices, or with a StoreError. */
export async function openGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  const { onEvent = [], stages = [], clock = systemClock, environment = process.env, lookup } = options;
  const { random = Math.random, keySources = [], source = 'a value' } = options;
  const { newId = createNewRequestId(clock), onProblem = warn } = options;
  refuseWrongPrices(config);
  const progress = createProgress();
  const shutdown = openAbortScope();
  const name = newGatewayName();
  const state = createMemoryState(clock);
  const store = await openStore(config.store?.url ?? 'memory:', {
    clock,
    signal: shutdown.signal,
    migrate: config.store?.migrate,
  });
  const money = await openMoney({ store, state, config, clock, onProblem });
  const isConfigured = (provider: string, model: string) => active.snapshot.pairs.has(`${provider}/${model}`);
  const stats = createAttemptStats({ clock, isConfigured });
  const webhook = budgetWebhook({
    webhook: () => webhookOf(active.config),
    clock,
    signal: shutdown.signal,
    onProblem,
  });
  const emit = emitTo([onEvent, publishEnds(progress), money.sums.listen, stats.listen, webhook].flat());
  const kept = await keepLimits({ store, state, clock, onProblem });
  const keys = await openKeys({ store, config, clock, onProblem });
  const { replica } = keys;
  const active = createActiveConfig(config, {
    source,
    clock,
    keySources: [...keySources, replica],
    secrets: proxySecrets(environment),
  });
  const pools = createPools({ lookup, proxyOf: readProxies(environment) });
  const attempt = { transport: createTransport(pools), clock, codecOf, inCohort: createCohort() };
  const tools = createWaterfallTools({ attempt, state, emit, progress, random });
  const { admission = money.admission(tools, (tenant) => accounts.tenant(tenant)) } = options;
  const requests = createRequests({ name, clock, emit });
  const timers = new DisposableStack();
  const pricing = timers.use(followPrices({ config, prices: tools.prices, clock, onProblem }));
  const revocation = timers.use(
    createRevocation({ active, requests, clock, streamsOf: (digest) => replica.table.revokedStreamsOf(digest) }),
  );
  timers.use(replica);
  keys.follow(active, revocation);
  const accounts = createAccounts({
    store,
    replica,
    snapshot: () => active.snapshot,
    standings: money.standings,
    clock,
  });
  const guesses = timers.use(createGuesses({ clock, emit }));
  const lifecycle = createLifecycle({
    requests,
    shutdown,
    release: [
      async () => timers.dispose(),
      () => pools.close(),
      () => kept[Symbol.asyncDispose](),
      () => money[Symbol.asyncDispose](),
      () => store[Symbol.asyncDispose](),
    ],
  });
  const run = refusingWhenClosed(createRunner({ admission, stages, tools }), lifecycle);
  const runs = openRuns({ active, requests, revocation, run, clock, newId });
  const responses = createKeptResponses({ clock, settings: () => responseSettings(active.config) });
  // Without a key of the file nobody could be told from an unknown client yet.
  const hasKeys = (): boolean => replica.isLoaded || active.snapshot.keys.length > 0;
  const calls = {
    prepare: prepareWith({ responses }),
    services: createServices({
      tools,
      active,
      requests,
      lifecycle,
      runs,
      responses,
      store,
      batches: money.batches,
      stats,
      accounts,
      hasKeys,
    }),
    run,
    runs,
    explain: explainPlan.bind(undefined, tools),
  };

  function apply(result: ConfigResult): readonly ConfigProblem[] {
    const file = readPriceFile(result.ok ? result.config.prices?.file : undefined);
    const problems = active.apply(file.ok ? result : file);
    if (problems.length > 0) return problems;
    pricing.follow(active.config);
    revocation.check();
    tools.failureEffects.forget();
    tools.profiles.forget();
    pools.retain(endpointsOf(active.config));
    return problems;
  }

  return {
    ...createDoors({ name, active, requests, revocation, guesses, calls, clock, newId, emit }),
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
    async reload(input) {
      const problems = apply(parseConfig(input, environment));
      if (problems.length > 0) throw new ConfigError(problems);
    },
    apply: (result) => void apply(result),
    drain: lifecycle.drain,
    close: lifecycle.close,
    [Symbol.asyncDispose]: () => lifecycle.close(),
  };
}

function webhookOf({ budgets }: Config): Webhook | undefined {
  const { url, secret } = budgets?.webhook ?? {};
  return url === undefined ? undefined : { url, secret: secret?.reveal() };
}

function refuseWrongPrices({ prices }: Config): void {
  const file = readPriceFile(prices?.file);
  if (!file.ok) throw new ConfigError(file.problems);
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
