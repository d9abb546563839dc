const PRICE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

/** Dollars per million tokens: with two decimals, or as many as the price has. Nothing is `0`. */
export function formatPrice(usd: number): string {
  return usd === 0 ? '0' : PRICE.format(usd);
}
