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
  /** How many requests of the provider have used it: more than one where a batch was sent in parts; 1 unless given. */
  readonly requests?: number | undefined;
  /** US dollars, where the provider itself reports what the answer cost. */
  readonly cost?: number | undefined;
  /** Counted by the provider, or estimated by the gateway where the provider reports nothing. */
  readonly source: 'provider' | 'estimated';
  /** Set where the counts contradict each other, so that a part was cut down to its whole, and where something is billed that has no count here. */
  readonly approximate?: true | undefined;
}

/**
 * The usage of several answers together; at least one must be given. A count that some of them lack is the sum of the others, and makes the
 * sum approximate. A cost that some lack is unknown: the tokens of the others have a price of their own.
 */
export function sumOfUsages(usages: readonly Usage[]): Usage {
  const sum: Partial<Record<(typeof COUNTS)[number], number>> = {};
  let partial = false;
  for (const count of COUNTS) {
    const known = usages.map((usage) => usage[count]).filter((value) => value !== undefined);
    if (known.length === 0 || (count === 'cost' && known.length < usages.length)) continue;
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

/** Above every context window, and so small that sums of it are exact. */
const MOST_TOKENS = 1e9;

/** A count of tokens as sums have it: a whole number, at most a billion. Providers report any number. */
export function boundedCount(tokens: number): number {
  return Math.min(Math.round(tokens), MOST_TOKENS);
}

/** Money is counted in whole billionths of a US dollar. */
export const NANO_PER_DOLLAR = 1e9;
/** The cost of an answer without any known price. */
export const UNKNOWN_COST: Cost = Object.freeze({ nano: null, source: 'none', approximate: false });
/** The cost where nothing was used, or where usage is free. */
export const NO_COST: Cost = Object.freeze({ nano: 0, source: 'none', approximate: false });

/** The cost that the provider itself reports with a usage; unknown without one, and where it is beyond any real one. */
export function reportedCost(usage: Usage | undefined): Cost {
  if (usage?.cost === undefined) return UNKNOWN_COST;
  // 15 digits, so that the half of a nano-dollar is rounded as it is written and not as its binary fraction.
  const nano = Math.round(Number((usage.cost * NANO_PER_DOLLAR).toPrecision(15)));
  if (!Number.isSafeInteger(nano)) return UNKNOWN_COST;
  return { nano, source: 'provider', approximate: usage.approximate === true };
}

/** Billionths of a US dollar in dollars. */
export function dollarsOf(nano: number): number {
  return nano / NANO_PER_DOLLAR;
}

/** Billionths of a US dollar as dollars with 9 decimals, such as `0.000123450`. `nano`: a whole number, not negative. */
export function dollarText(nano: number): string {
  const fraction = String(nano % NANO_PER_DOLLAR).padStart(9, '0');
  return `${Math.floor(nano / NANO_PER_DOLLAR)}.${fraction}`;
}
