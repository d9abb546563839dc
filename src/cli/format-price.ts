import type { Entry } from '../domain/chain.ts';
import type { Prices } from '../targets/prices.ts';
import { isFree } from '../targets/token-cost.ts';

/** Formats what an entry costs now, for a short prompt: US dollars per million tokens of input and of output; `free`, or `no price` where that is unknown. */
export function formatPrice(prices: Pick<Prices, 'priceOf'>, { targets: [target] }: Entry): string {
  const known = prices.priceOf(target, { at: Date.now(), inputTokens: 0 });
  if (known === undefined) return 'no price';
  if (isFree(known.price)) return 'free';
  const { input, output } = known.price;
  return `$${input} in, $${output} out`;
}
