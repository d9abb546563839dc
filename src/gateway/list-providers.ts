import { listRoutes } from '../config/resolve.ts';
import type { Target } from '../domain/chain.ts';
import type { AttemptShare, ProviderStatus } from '../domain/provider-list.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import type { Overview } from '../limits/overview.ts';
import type { AttemptStats, StatsName, TargetStats } from '../observe/attempt-stats.ts';
import type { Prices } from '../targets/prices.ts';

/** What is known of targets. */
export interface ProviderTools {
  readonly overview: Pick<Overview, 'rows'>;
  readonly stats: Pick<AttemptStats, 'of'>;
  readonly prices: Pick<Prices, 'priceOf'>;
  readonly clock: Clock;
}

/** How each model of the chains that a principal may use works, by key; behind those the models `*` of the providers whose models clients have named. */
export function listProviders(tools: ProviderTools, { snapshot, principal }: RequestScope): readonly ProviderStatus[] {
  const chains = listRoutes(snapshot, principal);
  const targets = chains.flatMap(({ entries }) => entries.flatMap((entry) => entry.targets));
  const byName = new Map(targets.map((target) => [nameOf(target), target]));
  const hidesIds = principal.tenant !== '';
  const known = tools.overview.rows(chains).map((row): ProviderStatus => {
    const { id, provider, model, key, state, reason, retry_at, running } = row;
    const target = byName.get(nameOf({ provider, model, keyNumber: key ?? undefined }));
    return {
      id,
      object: 'provider.status',
      provider,
      model,
      key,
      state,
      reason,
      retry_at,
      running,
      ...attemptsOf(tools, { provider, model, key: key ?? undefined }, hidesIds),
      price: target === undefined ? null : priceOf(tools, target),
    };
  });
  return [...known, ...namedByClients(tools, targets, hidesIds)];
}

function namedByClients(tools: ProviderTools, targets: readonly Target[], hidesIds: boolean): ProviderStatus[] {
  const keys = new Map(
    targets.map(({ provider, keyNumber }) => [nameOf({ provider, model: '*', keyNumber }), { provider, keyNumber }]),
  );
  return [...keys].flatMap(([id, { provider, keyNumber: key }]): ProviderStatus[] => {
    const name = { provider, model: '*', key };
    if (tools.stats.of(name) === undefined) return [];
    const unknown = { state: null, reason: null, retry_at: null, running: null, price: null };
    return [
      { id, object: 'provider.status', ...name, key: key ?? null, ...unknown, ...attemptsOf(tools, name, hidesIds) },
    ];
  });
}

function nameOf({ provider, model, keyNumber }: Pick<Target, 'provider' | 'model' | 'keyNumber'>): string {
  return `${provider}/${model}${keyNumber === undefined ? '' : `#${keyNumber}`}`;
}

function attemptsOf(
  { stats }: ProviderTools,
  name: StatsName,
  hidesIds: boolean,
): Pick<ProviderStatus, 'last_minute' | 'last_hour' | 'first_token_ms' | 'last_failures'> {
  const { minute, hour, firstTokenMs, failures } = stats.of(name) ?? NOTHING;
  return {
    last_minute: shareOf(minute),
    last_hour: shareOf(hour),
    first_token_ms:
      firstTokenMs === undefined ? null : { p50: Math.round(firstTokenMs.p50), p95: Math.round(firstTokenMs.p95) },
    last_failures: failures.map(({ at, outcome, status, requestId }) => ({
      at: Math.round(at),
      outcome,
      status: status ?? null,
      request_id: hidesIds ? null : requestId,
    })),
  };
}

const NOTHING: TargetStats = Object.freeze({
  minute: Object.freeze({ good: 0, all: 0 }),
  hour: Object.freeze({ good: 0, all: 0 }),
  firstTokenMs: undefined,
  failures: Object.freeze([]),
});

function shareOf({ good, all }: TargetStats['minute']): AttemptShare {
  return { attempts: all, success_rate: all === 0 ? null : good / all };
}

function priceOf({ prices, clock }: ProviderTools, target: Target): ProviderStatus['price'] {
  const known = prices.priceOf(target, { at: clock.now(), inputTokens: 0 });
  return known === undefined ? null : { input: known.price.input, output: known.price.output, source: known.source };
}
