import manifest from '../../package.json' with { type: 'json' };
import type { Accounts } from '../accounts/accounts.ts';
import type { KeyReplica } from '../auth/key-replica.ts';
import type { WaterfallTools } from '../chain/tools.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { metricsSettings } from '../config/metrics-settings.ts';
import type { Chain, Snapshot } from '../domain/chain.ts';
import type { Requests } from '../domain/requests.ts';
import type { RequestScope } from '../domain/scope.ts';
import { createOverview } from '../limits/overview.ts';
import type { BodyLog } from '../observe/bodies/body-log.ts';
import type { RequestLog } from '../observe/requests/request-log.ts';
import { CONTENT_TYPE } from '../observe/metrics/exposition.ts';
import { createMetrics, type Metrics } from '../observe/metrics/metrics.ts';
import type { MetricSources } from '../observe/metrics/readings.ts';
import type { Overload } from '../overload/overload.ts';
import type { Traces } from '../observe/traces/traces.ts';
import type { ServedDocument } from '../rest/documents.ts';
import { METRICS_ROUTE, OPENAPI_ROUTE } from '../rest/routes.ts';
import { appRouter } from '../router/app-router.ts';
import { definitionsOf } from '../router/definitions.ts';
import { budgetStates } from './budget-states.ts';
import type { SharedParts } from './gateway.ts';
import type { Money } from './open-money.ts';
import type { OpenedState } from './open-state.ts';
import { requireNoTenant } from './require-no-tenant.ts';

/** What metrics are counted with. */
export interface OpenMetricsOptions {
  readonly active: Pick<ActiveConfig, 'config' | 'snapshot'>;
  readonly replica: Pick<KeyReplica, 'table'>;
  readonly batches: Pick<Money['batches'], 'onWrite'>;
}

/** Makes the metrics of a gateway: from now on the writes to its store are counted, and what `listen` gets. */
export function openMetrics({ active, replica, batches }: OpenMetricsOptions): Metrics {
  const { keys, maxSeries } = metricsSettings(active.config);
  const metrics = createMetrics({
    keys,
    maxSeries,
    names: {
      operations: [...definitionsOf(appRouter).keys(), OPENAPI_ROUTE.procedure, METRICS_ROUTE.procedure],
      hasChain: (name) => active.snapshot.chains.has(name),
      hasProvider: (name) => active.snapshot.providers.has(name),
      isConfigured: (provider, model) => active.snapshot.pairs.has(`${provider}/${model}`),
      isHarmless: (text) => active.snapshot.redact(text) === text,
      key: (id) => active.snapshot.keysById.get(id) ?? replica.table.key(id),
    },
  });
  batches.onWrite(metrics.stored);
  return metrics;
}

/** What the metrics of a gateway are read from. */
export interface MetricsParts {
  readonly metrics: Metrics;
  readonly tools: WaterfallTools;
  readonly active: ActiveConfig;
  readonly requests: Pick<Requests, 'list'>;
  readonly money: Pick<Money, 'standings' | 'reservations' | 'batches'>;
  readonly accounts: Pick<Accounts, 'tenant'>;
  readonly replica: Pick<KeyReplica, 'table' | 'readAt' | 'isFailing'>;
  readonly log: Pick<RequestLog, 'counters'>;
  readonly bodies: Pick<BodyLog, 'counters'>;
  readonly traces: Pick<Traces, 'counters'> | undefined;
  /** Makes what reads the metrics of all gateways that share an address; undefined for one that is alone. */
  readonly shareMetrics: SharedParts['shareMetrics'];
  readonly sharing: OpenedState['sharing'];
  readonly overload: Overload;
}

/** The document `/metrics` of a gateway. It is of the whole gateway, so a key with a tenant is refused. */
export function metricsDocument(parts: MetricsParts): ServedDocument {
  const { metrics, active, money, shareMetrics } = parts;
  const { public: isPublic } = metricsSettings(active.config);
  const expose = metrics.exposeWith(sourcesOf(parts));
  const writeOwn = (): Promise<string> => {
    // For the next scrape: this one must not wait for a store.
    void money.standings.refresh();
    return expose();
  };
  const write = shareMetrics?.(writeOwn) ?? writeOwn;
  return {
    route: METRICS_ROUTE,
    headers: { 'content-type': CONTENT_TYPE },
    isPublic: () => isPublic,
    async read(scope: RequestScope) {
      if (!isPublic) requireNoTenant(scope);
      return Buffer.from(await write());
    },
  };
}

/** A gateway without `traces.url` sends no spans itself. */
const NO_SPANS = Object.freeze({ sent: 0, dropped: 0 });

function sourcesOf(parts: MetricsParts): MetricSources {
  const { tools, active, requests, money, replica, log, bodies, traces, overload } = parts;
  const { clock, queues, progress } = tools;
  const { reservations, batches } = money;
  const overview = createOverview(tools);
  const openedAt = clock.now();
  return {
    now: () => clock.now(),
    running: () => requests.list(),
    chains: () => active.snapshot.chains.values(),
    waiting: (chain) => queues.size(chain),
    limits: () => overview.rows(allChains(active.snapshot)),
    budgets: () => budgetStates(parts),
    reservations,
    store: () => ({ up: batches.isWorking && !replica.isFailing }),
    state: parts.sharing,
    keys: () => ({ loaded: replica.table.size + active.snapshot.keys.length, readAt: replica.readAt ?? openedAt }),
    configuration: () => ({ status: active.status, reloads: active.reloads }),
    eventsLost: () => progress.lost,
    spans: () => traces?.counters?.() ?? NO_SPANS,
    log: () => ({ ...log.counters, bodies: bodies.counters }),
    overload: () => ({
      level: overload.level,
      used: overload.places.used,
      most: overload.places.most,
      refused: overload.places.refused,
    }),
    build: {
      version: manifest.version,
      node: process.versions.node,
      prices: manifest.dependencies['@pydantic/genai-prices'],
    },
  };
}

function allChains({ chains, pairs }: Snapshot): readonly Chain[] {
  return [...chains.values(), ...pairs.values()];
}
