import { PRESETS } from '../catalog/presets.ts';
import type { Price, Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import { type Cost, NO_COST, reportedCost, UNKNOWN_COST, type Usage } from '../domain/usage.ts';
import { createPriceTable } from './price-table.ts';
import { highestCost, isFree, roundHalfUp, roundUp, tokenCost, type TokenPrice } from './token-cost.ts';

/** A request whose usage is priced. */
export interface PricedRequest {
  /** Milliseconds since the epoch: prices change with time, of some models with the hour. */
  readonly at: number;
  /** The `service_tier` that the request asks for. */
  readonly serviceTier?: unknown;
}

/** Tokens that a request is expected to use. */
export interface ExpectedTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Whether they may be audio, which costs up to 16 times as much; false unless given. */
  readonly audio?: boolean;
}

/** The price of a target's model, and where it is from. */
export interface KnownPrice {
  readonly price: TokenPrice;
  readonly source: Exclude<Cost['source'], 'provider'>;
}

/**
 * Prices of requests: those of the configuration, then those of its file of prices, then the price lists of `@pydantic/genai-prices`. A local
 * server is free. Free tiers are priced as if they were paid for, since it is unknown how much of them remains. Synchronous.
 */
export interface Prices {
  /** Loads the price lists, in about 40 ms; idempotent. The first look-up does it otherwise. */
  load(): void;
  /** Replaces the prices of the file, by `provider/model`. */
  useFile(prices: ReadonlyMap<string, Price>): void;
  /** Returns the price of a target at a time, for a prompt of so many tokens; undefined where it is unknown. */
  priceOf(target: Target, when: { readonly at: number; readonly inputTokens: number }): KnownPrice | undefined;
  /** Returns what a usage costs: the provider's own figure, or else by the price. `nano` is null where neither is known. */
  costOf(target: Target, usage: Usage, request: PricedRequest): Cost;
  /**
   * Returns the most that a request of these tokens costs at a target at a time, in billionths of a US dollar, rounded up; null where the
   * price is unknown.
   */
  reservationNano(target: Target, tokens: ExpectedTokens, at: number): number | null;
  /**
   * Returns what a request is expected to cost at a target at the time `now` (milliseconds since the epoch), in US dollars; undefined where
   * that is unknown.
   */
  of(target: Target, needs: Pick<Needs, 'inputTokens' | 'outputTokens'>, now: number): number | undefined;
  /**
   * Returns the size of a model's context window in tokens, as the price lists state it; undefined where they do not. A local server sets its
   * own window, so its models are not looked up.
   */
  contextTokensOf(target: Target): number | undefined;
}

/** Assumed length of an answer whose request sets no bound, in tokens. */
const USUAL_OUTPUT_TOKENS = 500;

/** The service tiers that the prices are those of: OpenAI's, Groq's and Anthropic's names for the usual one. */
const USUAL_TIERS: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  'auto',
  'default',
  'on_demand',
  'standard',
  'standard_only',
]);

const FREE: KnownPrice = Object.freeze({ price: Object.freeze({ input: 0, output: 0 }), source: 'none' });
const FEMTO_PER_DOLLAR = 1e15;

/** Returns prices; the price lists are not loaded yet, and there is no file. */
export function createPrices(): Prices {
  const table = createPriceTable();
  let file: ReadonlyMap<string, Price> = new Map();

  function priceOf(
    target: Target,
    when: { readonly at: number; readonly inputTokens: number },
  ): KnownPrice | undefined {
    const configured = target.price ?? file.get(`${target.provider}/${target.model}`);
    if (configured !== undefined) return { price: configured, source: 'configured' };
    if (isLocal(target)) return FREE;
    const price = table.priceOf(target, when);
    return price && { price, source: 'table' };
  }

  return {
    load: () => table.load(),
    useFile: (prices) => void (file = prices),
    priceOf,
    costOf(target, usage, { at, serviceTier }) {
      const reported = reportedCost(usage);
      if (reported.nano !== null) return reported;
      const known = priceOf(target, { at, inputTokens: usage.input ?? 0 });
      if (known === undefined) return UNKNOWN_COST;
      const { price, source } = known;
      if (isFree(price)) return { ...NO_COST, source };
      const cost = tokenCost(price, usage);
      const nano = cost === undefined ? null : roundHalfUp(cost.femto);
      if (cost === undefined || nano === null) return UNKNOWN_COST;
      const estimated = usage.source === 'estimated' || usage.approximate === true;
      return { nano, source, approximate: cost.approximate || estimated || !USUAL_TIERS.has(serviceTier) };
    },
    reservationNano(target, tokens, at) {
      const known = priceOf(target, { at, inputTokens: tokens.inputTokens });
      return known === undefined ? null : roundUp(highestCost(known.price, tokens));
    },
    of(target, { inputTokens, outputTokens }, now) {
      const known = priceOf(target, { at: now, inputTokens });
      if (known === undefined) return undefined;
      const output = outputTokens === 0 ? USUAL_OUTPUT_TOKENS : outputTokens;
      const cost = tokenCost(known.price, { input: inputTokens, output, source: 'estimated' });
      return cost && Number(cost.femto) / FEMTO_PER_DOLLAR;
    },
    contextTokensOf: (target) => (isLocal(target) ? undefined : table.contextTokensOf(target)),
  };
}

function isLocal({ preset }: Target): boolean {
  return preset !== undefined && PRESETS[preset]?.cost === 'local';
}
