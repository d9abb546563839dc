import { isTokens, type Meter } from './meters.ts';

/** Latency of the network in each direction, in milliseconds. */
export const NETWORK_MS = 20;

/** The size of a request, in tokens as the provider counts them. */
export interface Demand {
  readonly promptTokens: number;
  /** The request's own bound on its answer. */
  readonly maxTokens: number | undefined;
}

/** A reply that is no answer. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A request that a meter refuses. */
export interface Refused {
  readonly meter: Meter;
  readonly amount: number;
  readonly now: number;
}

/** The facts about one provider. */
export interface ProviderRow {
  readonly name: string;
  readonly preset: string;
  readonly model: string;
  readonly host: string;
  readonly meters: readonly Meter[];
  readonly reservesOutput: boolean;
  readonly countsOutput: boolean;
  headers(now: number): Readonly<Record<string, string>>;
  refusal(refused: Refused): Refusal;
}

/** The refusals of one window, and the periods of it in which they occurred. */
export interface Exhaustion {
  readonly provider: string;
  readonly window: string;
  readonly periods: number;
  readonly refusals: number;
  /** Of these, those whose request was sent after the first refusal of the same period had arrived. */
  readonly avoidable: number;
}

/** A simulated provider. */
export interface Provider {
  readonly row: ProviderRow;
  /** Admits a request, or refuses it. */
  admit(demand: Demand, now: number): Admitted | { readonly kind: 'refused'; readonly refusal: Refusal };
  /**
   * Whether this provider could have served a refused request too, beside everything that it has served and every request for which this
   * was true before.
   */
  couldHaveServed(missed: Demand & { readonly outputTokens: number }, now: number): boolean;
  readonly exhaustions: () => readonly Exhaustion[];
}

/** A running request. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly headers: Readonly<Record<string, string>>;
  /** The request is over, with this much output. */
  end(outputTokens: number, now: number): void;
}

/** Opens a provider whose windows are unused. */
export function openProvider(make: () => ProviderRow): Provider {
  const row = make();
  /** The same windows, with the missed requests counted as well. */
  const withMissed = make().meters;
  const refusals = new Map<Meter, number[]>();

  function amountOf(meter: Meter, { promptTokens, maxTokens = 0 }: Demand): number {
    if (!isTokens(meter)) return 1;
    return row.reservesOutput ? promptTokens + maxTokens : promptTokens;
  }

  const takenOf = ({ promptTokens }: Demand, output: number): number => promptTokens + (row.countsOutput ? output : 0);

  const exhaustedBy = (demand: Demand, now: number, meters = row.meters): Meter | undefined =>
    meters.find((meter) => meter.free(now) < amountOf(meter, demand));

  function take(
    amount: (meter: Meter) => number,
    now: number,
    meters: readonly Meter[] = [...row.meters, ...withMissed],
  ): void {
    for (const each of meters) each.take(amount(each), now);
  }

  return {
    row,
    couldHaveServed(missed, now) {
      if (exhaustedBy(missed, now, withMissed) !== undefined) return false;
      take((each) => (isTokens(each) ? takenOf(missed, missed.outputTokens) : 1), now, withMissed);
      return true;
    },
    admit(demand, now) {
      const meter = exhaustedBy(demand, now);
      if (meter !== undefined) {
        const refusal = row.refusal({ meter, amount: amountOf(meter, demand), now });
        if (refusal.status === 429) refusals.set(meter, [...(refusals.get(meter) ?? []), now]);
        return { kind: 'refused', refusal };
      }
      take((each) => amountOf(each, demand), now);
      return {
        kind: 'admitted',
        headers: row.headers(now),
        end(outputTokens, ended) {
          const taken = takenOf(demand, outputTokens);
          take((each) => (isTokens(each) ? taken - amountOf(each, demand) : 0), ended);
        },
      };
    },
    exhaustions: () =>
      [...refusals].map(([meter, times]) => ({
        provider: row.name,
        window: meter.window,
        ...periodsIn(times, meter),
        refusals: times.length,
      })),
  };
}

/** A request that was sent before the first refusal of the period had arrived was not avoidable. */
function periodsIn(times: readonly number[], meter: Meter): Pick<Exhaustion, 'periods' | 'avoidable'> {
  let [periods, avoidable, knownAt, end] = [0, 0, Infinity, -Infinity];
  for (const at of times) {
    if (at < end) avoidable += at - NETWORK_MS >= knownAt ? 1 : 0;
    else [periods, knownAt, end] = [periods + 1, at + NETWORK_MS, meter.periodEnd(at)];
  }
  return { periods, avoidable };
}
