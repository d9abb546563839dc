import type { LimitStatus, ProviderList, ProviderStatus } from 'spillway/client';
import { standingOf, type Standing } from '../../live/standing.ts';
import { type LastHour, sumLastHours } from '../../parts/last-hour.ts';

/** What is known of an entry beside its chain. */
export interface EntryFacts {
  readonly provider: string;
  readonly model: string;
  readonly standing: Standing;
  /** Its live rows, one for each key. */
  readonly keys: readonly LimitStatus[];
  /** Percentiles of the time to the first token, in milliseconds; the lowest and the highest median where there are several keys. */
  readonly firstToken:
    | { readonly p50: number; readonly p95: number }
    | { readonly from: number; readonly to: number }
    | null;
  /** US dollars per million tokens. */
  readonly price: { readonly input: number; readonly output: number } | null;
  readonly lastHour: LastHour;
  /** The newest failure. */
  readonly lastFailure: { readonly at: number; readonly outcome: string; readonly status: number | null } | null;
}

interface EntryFactsInput {
  /** As `chains.status` has it: what counts until live rows come. */
  readonly entry: Standing & { readonly provider: string; readonly model: string };
  readonly limits: ReadonlyMap<string, LimitStatus>;
  readonly providers: ProviderList | undefined;
}

/** The facts of an entry. */
export function entryFacts({ entry, limits, providers }: EntryFactsInput): EntryFacts {
  const { provider, model } = entry;
  const isOwn = (row: { readonly provider: string; readonly model: string }): boolean =>
    row.provider === provider && row.model === model;
  const keys = [...limits.values()].filter(isOwn).toSorted((a, b) => (a.key ?? 0) - (b.key ?? 0));
  const known = (providers?.data ?? []).filter(isOwn);
  return {
    provider,
    model,
    standing: standingOf(keys) ?? entry,
    keys,
    firstToken: firstTokenOf(known),
    price: known.find(({ price }) => price !== null)?.price ?? null,
    lastHour: sumLastHours(known),
    lastFailure: known.flatMap((row) => row.last_failures).toSorted((a, b) => b.at - a.at)[0] ?? null,
  };
}

function firstTokenOf(known: readonly ProviderStatus[]): EntryFacts['firstToken'] {
  const times = known.flatMap(({ first_token_ms: time }) => (time === null ? [] : [time]));
  const [only] = times;
  if (only === undefined || times.length === 1) return only ?? null;
  const medians = times.map(({ p50 }) => p50);
  return { from: Math.min(...medians), to: Math.max(...medians) };
}
