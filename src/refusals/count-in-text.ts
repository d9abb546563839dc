/** What stands between the thousands of a number. */
const BETWEEN = String.raw`[,_.'’ \u00a0\u2009\u202f]`;
const UNIT = String.raw` ?(?:k|m|bn?|thousand|million|billion)\b`;

/**
 * The source of a pattern for a whole number in a text of lower case, as vendors write them: with or without something between its
 * thousands, or in thousands or millions (`128k`, `1.5m`). It must end cleanly, so that no number is read that is only the beginning of
 * one. No groups.
 */
export const COUNT = String.raw`(?:[1-9]\d{0,2}(?:${BETWEEN}\d{3})+|\d{1,6}(?:\.\d{1,3})? ?[km]|\d{1,15})(?![\w%]|${BETWEEN}\d|${UNIT})`;

const FACTORS: Readonly<Record<string, number>> = Object.freeze({ k: 1000, m: 1_000_000 });

/** The number of what `COUNT` has matched; undefined where there is none, and for what is too large to be one. */
export function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const factor = FACTORS[text.slice(-1)];
  const number =
    factor === undefined ? Number(text.replaceAll(/\D/g, '')) : Math.round(Number.parseFloat(text) * factor);
  return Number.isSafeInteger(number) ? number : undefined;
}
