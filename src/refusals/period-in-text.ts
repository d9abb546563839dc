import type { LimitDimension, LimitPeriod } from './window-name.ts';
import {
  COUNTED,
  DIMENSION_OF_ABBREVIATION,
  HOURS_LIMIT,
  PERIOD,
  PERIOD_IN_BRACKETS,
  PERIOD_NAMES,
  SAMBANOVA_PERIOD,
  TOKEN,
} from './wordings/limit.ts';

/** A period and the part of the text that names it. */
export interface PeriodMatch {
  readonly name: LimitPeriod;
  readonly index: number;
  readonly end: number;
}

/** The word for what is counted, and its place in the text. */
interface DimensionWord {
  readonly word: string;
  readonly index: number;
}

/** The word for what is counted is searched within this many characters of the period. */
const MAX_DISTANCE = 40;
/** SambaNova words a limit of requests and a limit of tokens the same; none of its limits on requests is this large. */
const MIN_TOKENS_BY_SIZE = 50_000;
/** None of its limits on tokens is smaller. */
const MIN_TOKENS_BY_USE = 1000;

/**
 * The period in brackets, or else the first that a text names: a later one may describe a more expensive plan. Undefined if the first is
 * one that is not counted here, such as a second, because the limit in the text then belongs to it.
 */
export function periodIn(text: string): PeriodMatch | undefined {
  const match = PERIOD_IN_BRACKETS.exec(text) ?? PERIOD.exec(text);
  if (match === null) return matched(HOURS_LIMIT.exec(text), 'hours');
  const group = match.slice(1).find((each) => each !== undefined) ?? '';
  return matched(match, PERIOD_NAMES[group]);
}

function matched(match: RegExpExecArray | null, name: LimitPeriod | undefined): PeriodMatch | undefined {
  return match === null || name === undefined
    ? undefined
    : { name, index: match.index, end: match.index + match[0].length };
}

/**
 * What is counted over the period at `index`: by the word nearest before the period, or else the first after it. `limit` and `used` are
 * the numbers in the text. Undefined if the text does not say.
 */
export function dimensionNear(
  text: string,
  index: number,
  { limit = 0, used }: { readonly limit: number | undefined; readonly used: number | undefined },
): LimitDimension | undefined {
  const abbreviated = DIMENSION_OF_ABBREVIATION[text.slice(index, index + 2)];
  if (abbreviated !== undefined) return abbreviated;
  // A request is refused once all requests are used; a limit of tokens refuses before all tokens are used.
  if (text.startsWith(SAMBANOVA_PERIOD, index))
    return limit >= MIN_TOKENS_BY_SIZE || (limit >= MIN_TOKENS_BY_USE && used !== undefined && used < limit)
      ? 'tokens'
      : 'requests';
  const before = dimensionWordBefore(text, index)?.word;
  const word = before ?? text.slice(index, index + MAX_DISTANCE).match(COUNTED)?.[0] ?? '';
  if (word === TOKEN) return 'tokens';
  // "50 per day" counts requests.
  return word === '' && !/\d ?$/.test(text.slice(Math.max(0, index - 2), index)) ? undefined : 'requests';
}

/** The last word for what is counted before a period; undefined if there is none near it. */
export function dimensionWordBefore(text: string, index: number): DimensionWord | undefined {
  const start = Math.max(0, index - MAX_DISTANCE);
  const last = [...text.slice(start, index).matchAll(COUNTED)].at(-1);
  return last === undefined ? undefined : { word: last[0], index: start + last.index };
}
