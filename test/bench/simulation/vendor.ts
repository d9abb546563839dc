import { isTokens, type Meter } from './meters.ts';

/** How long a request is under way to a vendor, and his reply from him, in milliseconds. */
export const NETWORK_MS = 20;

/** What a vendor is asked for, in tokens as he counts them. */
export interface Demand {
  readonly promptTokens: number;
  /** What the request itself wants answered at most. */
  readonly maxTokens: number | undefined;
}

/** A reply that is no answer. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What a meter refuses. */
export interface Refused {
  readonly meter: Meter;
  readonly amount: number;
  readonly now: number;
}

/** What is known of one vendor. */
export interface VendorRow {
  readonly provider: string;
  readonly preset: string;
  readonly model: string;
  readonly host: string;
  readonly meters: readonly Meter[];
  readonly reservesOutput: boolean;
  readonly countsOutput: boolean;
  headers(now: number): Readonly<Record<string, string>>;
  refusal(refused: Refused): Refusal;
}

/** Periods of one window in which somebody was refused, and how many were. */
export interface Spending {
  readonly provider: string;
  readonly window: string;
  readonly periods: number;
  readonly refusals: number;
  /** Of these, those that were sent after the first of their period was told. */
  readonly needless: number;
}

/** A vendor at work. */
export interface Vendor {
  readonly row: VendorRow;
  /** Takes a request in, or says why not. */
  admit(demand: Demand, now: number): Admitted | { readonly kind: 'refused'; readonly refusal: Refusal };
  /**
   * Whether a request that somebody else has refused could have been served here too, beside all that was and all of which this was said
   * before.
   */
  couldHaveServed(missed: Demand & { readonly outputTokens: number }, now: number): boolean;
  readonly spendings: () => readonly Spending[];
}

/** A request that runs. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly headers: Readonly<Record<string, string>>;
  /** It is over, and so much came of it. */
  end(outputTokens: number, now: number): void;
}

/** Opens a vendor whose windows are full. */
export function openVendor(make: () => VendorRow): Vendor {
  const row = make();
  /** The same windows, as if nothing of their room had been left unused. */
  const used = make().meters;
  const refusals = new Map<Meter, number[]>();

  function amountOf(meter: Meter, { promptTokens, maxTokens = 0 }: Demand): number {
    if (!isTokens(meter)) return 1;
    return row.reservesOutput ? promptTokens + maxTokens : promptTokens;
  }

  const takenOf = ({ promptTokens }: Demand, output: number): number => promptTokens + (row.countsOutput ? output : 0);

  const spentBy = (demand: Demand, now: number, meters = row.meters): Meter | undefined =>
    meters.find((meter) => meter.left(now) < amountOf(meter, demand));

  function take(
    amount: (meter: Meter) => number,
    now: number,
    meters: readonly Meter[] = [...row.meters, ...used],
  ): void {
    for (const each of meters) each.take(amount(each), now);
  }

  return {
    row,
    couldHaveServed(missed, now) {
      if (spentBy(missed, now, used) !== undefined) return false;
      take((each) => (isTokens(each) ? takenOf(missed, missed.outputTokens) : 1), now, used);
      return true;
    },
    admit(demand, now) {
      const meter = spentBy(demand, now);
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
    spendings: () =>
      [...refusals].map(([meter, times]) => ({
        provider: row.provider,
        window: meter.window,
        ...periodsIn(times, meter),
        refusals: times.length,
      })),
  };
}

/** Who was under way when the first one was refused could not know of it. */
function periodsIn(times: readonly number[], meter: Meter): Pick<Spending, 'periods' | 'needless'> {
  let [periods, needless, told, end] = [0, 0, Infinity, -Infinity];
  for (const at of times) {
    if (at < end) needless += at - NETWORK_MS >= told ? 1 : 0;
    else [periods, told, end] = [periods + 1, at + NETWORK_MS, meter.periodEnd(at)];
  }
  return { periods, needless };
}
