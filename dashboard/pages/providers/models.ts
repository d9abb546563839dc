import type { ProviderStatus } from 'spillway/client';
import { type LastHour, sumLastHours } from '../../parts/last-hour.ts';

/** One model under all keys of its provider. */
export interface ModelNow {
  readonly provider: string;
  readonly model: string;
  /** One for each key; one without a pool of keys. */
  readonly keys: readonly ProviderStatus[];
  /** The row of the key with the best state, which the chain would use. */
  readonly best: ProviderStatus;
  /** Of the key with the most attempts in the last hour that has had a stream. */
  readonly firstToken: ProviderStatus['first_token_ms'];
  /** How many keys can be tried now. */
  readonly ready: number;
  readonly lastHour: LastHour;
}

/** The better a state, the earlier. Null is that of models that only clients name. */
const STATES: readonly ProviderStatus['state'][] = ['ready', null, 'refusing', 'limited', 'cooling_down', 'failing'];

/** The models of `providers.list`, in its order. */
export function modelsOf(rows: readonly ProviderStatus[]): readonly ModelNow[] {
  const groups = Map.groupBy(rows, ({ provider, model }) => `${provider}/${model}`);
  return [...groups.values()].flatMap((keys) => {
    const [best] = keys.toSorted((one, other) => rankOf(one) - rankOf(other));
    if (best === undefined) return [];
    const { provider, model } = best;
    return [
      {
        provider,
        model,
        keys,
        best,
        firstToken:
          keys
            .filter(({ first_token_ms: times }) => times !== null)
            .toSorted((one, other) => other.last_hour.attempts - one.last_hour.attempts)[0]?.first_token_ms ?? null,
        ready: keys.filter(({ state }) => state === 'ready' || state === 'refusing' || state === null).length,
        lastHour: sumLastHours(keys),
      },
    ];
  });
}

function rankOf({ state, retry_at: retryAt }: ProviderStatus): number {
  // Of two states alike, the one that ends first. Instants are below 10^13.
  return STATES.indexOf(state) * 1e14 + (retryAt ?? 0);
}

/** A failed attempt, with the model that it was sent to. */
export interface FailureAt {
  readonly provider: string;
  readonly model: string;
  readonly key: number | null;
  readonly failure: ProviderStatus['last_failures'][number];
}

/** The newest failures of these rows, the newest one first. */
export function newestFailures(rows: readonly ProviderStatus[], most: number): readonly FailureAt[] {
  return rows
    .flatMap(({ provider, model, key, last_failures: failures }) =>
      failures.map((failure) => ({ provider, model, key, failure })),
    )
    .toSorted((one, other) => other.failure.at - one.failure.at)
    .slice(0, most);
}

/** Where a price is from, in words. */
export function priceSourceWords(source: string): string {
  const words: Readonly<Record<string, string>> = {
    configured: 'configuration',
    table: 'price table',
    provider: 'provider',
    none: 'unknown',
  };
  return words[source] ?? source;
}
