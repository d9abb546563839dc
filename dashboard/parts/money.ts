/** Billionths of a US dollar in one. */
const NANO_PER_DOLLAR = 1_000_000_000;

/** Dollars as whole billionths. The gateway counts in them, so that the number is exact up to nine million dollars. */
export function toNano(usd: number): number {
  return Math.round(usd * NANO_PER_DOLLAR);
}

/** The sum of amounts in dollars, exact to the billionth. Null where one of them is unknown. */
export function sumUsd(amounts: readonly (number | null)[]): number | null {
  let nano = 0;
  for (const amount of amounts) {
    if (amount === null) return null;
    nano += toNano(amount);
  }
  return nano / NANO_PER_DOLLAR;
}

/**
 * Dollars with this number of decimals, without the sign. What is not zero and would round to it is shown as less than the smallest amount:
 * a cost is never shown as none.
 */
export function formatAmount(usd: number, decimals: number): string {
  const smallest = 10 ** -decimals;
  if (usd > 0 && usd < smallest / 2) return `<${smallest.toFixed(decimals)}`;
  return usd.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Dollars with their sign and all decimals that were counted, at least two. */
export function formatExact(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 9 })}`;
}

/** Dollars of a period: with two decimals, and with six below a dollar. */
export function formatSpend(usd: number): string {
  return `$${formatAmount(usd, usd !== 0 && Math.abs(usd) < 1 ? 6 : 2)}`;
}
