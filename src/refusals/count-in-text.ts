const FACTORS: Readonly<Record<string, number>> = Object.freeze({ k: 1000, m: 1_000_000 });

/** The number that `COUNT` of the wordings has matched; undefined without a match, and for a number past the safe integers. */
export function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const factor = FACTORS[text.slice(-1)];
  const number =
    factor === undefined ? Number(text.replaceAll(/\D/g, '')) : Math.round(Number.parseFloat(text) * factor);
  return Number.isSafeInteger(number) ? number : undefined;
}
