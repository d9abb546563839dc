/**
 * Tokens of one answer. An absent count is unknown, which is not zero. `cachedInput`, `cacheWrite` and `audioInput` are parts of `input`,
 * `reasoning` and `audioOutput` are parts of `output`, as in OpenAI's API.
 */
export interface Usage {
  readonly input: number | undefined;
  readonly cachedInput?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly audioInput?: number | undefined;
  readonly output: number | undefined;
  readonly reasoning?: number | undefined;
  readonly audioOutput?: number | undefined;
  /** US dollars, where the provider itself reports what the answer cost. */
  readonly cost?: number | undefined;
  /** Counted by the provider, or estimated by the gateway where the provider reports nothing. */
  readonly source: 'provider' | 'estimated';
  /** Set where the provider's counts contradict each other and a part was cut down to its whole. */
  readonly approximate?: true | undefined;
}

/**
 * The usage of several answers together; at least one must be given. A count that some of them lack is the sum of the others, and makes the
 * sum approximate.
 */
export function sumOfUsages(usages: readonly Usage[]): Usage {
  const sum: Partial<Record<(typeof COUNTS)[number], number>> = {};
  let partial = false;
  for (const count of COUNTS) {
    const known = usages.map((usage) => usage[count]).filter((value) => value !== undefined);
    if (known.length === 0) continue;
    sum[count] = known.reduce((total, value) => total + value, 0);
    partial ||= known.length < usages.length;
  }
  const approximate = partial || usages.some((usage) => usage.approximate === true);
  return {
    input: undefined,
    output: undefined,
    ...sum,
    source: usages.every(({ source }) => source === 'provider') ? 'provider' : 'estimated',
    ...(approximate ? { approximate } : {}),
  };
}

const COUNTS = [
  'input',
  'cachedInput',
  'cacheWrite',
  'audioInput',
  'output',
  'reasoning',
  'audioOutput',
  'cost',
] as const satisfies readonly (keyof Usage)[];

/** Where the numbers of a request's usage come from; `none` where there are none. */
export type UsageSource = Usage['source'] | 'none';

/** What a request cost. */
export interface Cost {
  /** Billionths of a US dollar; null where the cost is unknown, which is not zero. */
  readonly nano: number | null;
  /** The provider's own figure, a price list, the configuration's prices, or nothing. */
  readonly source: 'provider' | 'table' | 'configured' | 'none';
  readonly approximate: boolean;
}

const NANO_PER_DOLLAR = 1e9;
const UNKNOWN_COST: Cost = Object.freeze({ nano: null, source: 'none', approximate: false });

/** The cost that the provider itself reports with a usage; unknown without one. */
export function reportedCost(usage: Usage | undefined): Cost {
  if (usage?.cost === undefined) return UNKNOWN_COST;
  return {
    nano: Math.round(usage.cost * NANO_PER_DOLLAR),
    source: 'provider',
    approximate: usage.approximate === true,
  };
}
