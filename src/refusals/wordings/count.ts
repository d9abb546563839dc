/** Characters between the thousands of a number. */
const SEPARATOR = String.raw`[,_.'’ \u00a0\u2009\u202f]`;
const UNIT = String.raw` ?(?:k|m|bn?|thousand|million|billion)\b`;

/**
 * The source of a pattern for a whole number in a lower-case text, as providers write it: with or without separators between its
 * thousands, or in thousands or millions (`128k`, `1.5m`). The number must end cleanly, so that the beginning of a longer one is not read.
 * It has no groups.
 */
export const COUNT = String.raw`(?:[1-9]\d{0,2}(?:${SEPARATOR}\d{3})+|\d{1,6}(?:\.\d{1,3})? ?[km]|\d{1,15})(?![\w%]|${SEPARATOR}\d|${UNIT})`;
