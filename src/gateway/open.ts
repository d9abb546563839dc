import { createAccounts } from '../accounts/create-accounts.ts';
import { createGuesses } from '../auth/guesses.ts';
import { explainPlan } from '../chain/plan/explain.ts';
import { createRunner, type RunChain } from '../chain/run.ts';
import { createWaterfallTools } from '../chain/tools.ts';
import { createActiveConfig } from '../config/active-config.ts';
import { endpointsOf } from '../config/endpoint.ts';
import { type ConfigResult, parseConfig } from '../config/load.ts';
import { ConfigError, type ConfigProblem } from '../config/problems.ts';
import { proxySecrets, readProxies } from '../config/proxies.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { responseSettings } from '../config/response-settings.ts';
import { codecOf } from '../dialects/codec-of.ts';
import { GatewayError } from '../domain/errors.ts';
import { createProgress, publishEnds } from '../domain/progress.ts';
import { createRequests } from '../domain/requests.ts';
import { NO_STANDINGS } from '../domain/standing.ts';
import { openAbortScope } from '../lib/abort.ts';
import { systemClock } from '../lib/clock.ts';
import { createCohort } from '../lib/cohort.ts';
import { createNewRequestId, newGatewayName } from '../lib/ids.ts';
import { admitAll } from '../limits/admission.ts';
import { emitTo } from '../observe/listeners.ts';
import { createKeptResponses } from '../runs/kept-responses.ts';
import { createTransport } from '../upstream/dispatch.ts';
import { createPools } from '../upstream/pools.ts';
import { createDoors } from './doors.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { createLifecycle } from './lifecycle.ts';
import { openRuns } from './open-runs.ts';
import { openState } from './open-state.ts';
import { prepareWith } from './prepare-calls.ts';
import { createRevocation } from './revocation.ts';
import { createServices } from './services.ts';

/** Makes a gateway from a configuration. Rejects with a ConfigError that lists every problem, or with a StoreError. */
export async function createGateway(input: ConfigInput, options: GatewayOptions = {}): Promise<Gateway> {
  const parsed = parseConfig(input, options.environment ?? process.env);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return openGateway(parsed.config, options);
}

/** Makes a gateway from a parsed configuration, with the limits that its store holds. Rejects with a StoreError. */
export async function openGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  const { onEvent = [], stages = [], clock = systemClock, environment = process.env, lookup } = options;
  const { admission = admitAll, random = Math.random, keySources = [], source = 'a value' } = options;
  const { newId = createNewRequestId(clock), onProblem = warn, standings = NO_STANDINGS } = options;
  const progress = createProgress();
  const emit = emitTo([onEvent, publishEnds(progress)].flat());
  const name = newGatewayName();
  const shutdown = openAbortScope();
  const opened = await openState({ config, clock, signal: shutdown.signal, onProblem });
  const { state, store, keys, replica } = opened;
  const active = createActiveConfig(config, {
    source,
    clock,
    keySources: [...keySources, replica],
    secrets: proxySecrets(environment),
  });
  const pools = createPools({ lookup, proxyOf: readProxies(environment) });
  const attempt = { transport: createTransport(pools), clock, codecOf, inCohort: createCohort() };
  const tools = createWaterfallTools({ attempt, state, emit, progress, random });
  const requests = createRequests({ name, clock, emit });
  const timers = new DisposableStack();
  const revocation = timers.use(
    createRevocation({ active, requests, clock, streamsOf: (digest) => replica.table.revokedStreamsOf(digest) }),
  );
  keys.follow(active, revocation);
  const accounts = createAccounts({ store, replica, snapshot: () => active.snapshot, standings, clock });
  const guesses = timers.use(createGuesses({ clock, emit }));
  const lifecycle = createLifecycle({
    requests,
    shutdown,
    release: [async () => timers.dispose(), () => pools.close(), () => opened.release()],
  });
  const run = refusingWhenClosed(createRunner({ admission, stages, tools }), lifecycle);
  const runs = openRuns({ active, requests, revocation, run, clock, newId });
  const responses = createKeptResponses({ clock, settings: () => responseSettings(active.config) });
  const calls = {
    prepare: prepareWith({ responses }),
    services: createServices({ tools, active, requests, lifecycle, runs, responses, accounts, replica }),
    run,
    runs,
    explain: explainPlan.bind(undefined, tools),
  };

  function apply(result: ConfigResult): readonly ConfigProblem[] {
    const problems = active.apply(result);
    if (problems.length > 0) return problems;
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

function warn(message: string): void {
  process.emitWarning(message);
}

function refusingWhenClosed(run: RunChain, lifecycle: { readonly closed: boolean }): RunChain {
  return (call, scope, own) => {
    if (!lifecycle.closed) return run(call, scope, own);
    throw new GatewayError('shutting_down', { message: 'The gateway is shutting down.', retryAfter: 1 });
  };
}
