import type { ProviderStatus, RequestRecord } from 'spillway/client';
import { toNano } from '../../parts/money.ts';
import { answeredStep, type Picture } from './waterfall/picture.ts';

/** Dollars per million tokens. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
}

/** The prices of today by `provider/model`, of those that are known. */
export function pricesOf(
  providers: readonly Pick<ProviderStatus, 'provider' | 'model' | 'price'>[],
): ReadonlyMap<string, TokenPrice> {
  const prices = new Map<string, TokenPrice>();
  for (const { provider, model, price } of providers) if (price !== null) prices.set(`${provider}/${model}`, price);
  return prices;
}

/** What so many tokens cost, in billionths of a dollar. */
export function nanoOf(tokens: number, perMillion: number): number {
  // A dollar per million tokens is a thousand billionths per token.
  return Math.round(tokens * perMillion * 1000);
}

/**
 * What the request cost more than the same tokens would have at its first entry, in dollars; negative where it was cheaper. Null where another entry did
 * not answer in place of the first one, and where a price or a count is unknown.
 */
export function failoverUsd(
  record: RequestRecord,
  picture: Picture,
  prices: ReadonlyMap<string, TokenPrice>,
): number | null {
  const [first] = picture.steps;
  const answered = answeredStep(picture);
  if (first === undefined || answered === undefined || answered.entry === first.entry) return null;
  const { usage, cost_usd: cost } = record;
  const price = prices.get(`${first.provider}/${first.model}`);
  const { input_tokens: input = null, output_tokens: output = null } = usage ?? {};
  if (price === undefined || cost === null || input === null || output === null) return null;
  // Cached and audio tokens have prices of their own.
  if (
    usage !== null &&
    [usage.cached_input_tokens, usage.cache_write_tokens, usage.audio_input_tokens, usage.audio_output_tokens].some(
      (part) => (part ?? 0) > 0,
    )
  )
    return null;
  return (toNano(cost) - nanoOf(input, price.input) - nanoOf(output, price.output)) / 1e9;
}
