const PRICE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 });
const SMALLEST = 0.000001;

/** Dollars per million tokens: with two decimals, or as many as the price has, up to six. Only a price of nothing is `0`. */
export function formatPrice(usd: number): string {
  if (usd === 0) return '0';
  return usd < SMALLEST / 2 ? `<${SMALLEST.toFixed(6)}` : PRICE.format(usd);
}
