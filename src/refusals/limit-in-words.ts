import type { DayReset, Limits, Observation, WindowName } from '../domain/limits.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { countOf } from './count-in-text.ts';
import { budgetClass } from './error-codes.ts';
import type { ErrorWords } from './error-words.ts';
import { grantsNoQuota, limitInQuotas } from './google-quotas.ts';
import { dimensionNear, dimensionWordBefore, periodIn, type PeriodMatch } from './period-in-text.ts';
import { type LimitDimension, type LimitPeriod, windowOf } from './window-name.ts';
import { CLOUDFLARE_DAY_SPENT } from './wordings/codes.ts';
import { CONCURRENCY, LIMIT, LIMIT_WITH_USAGE, REQUEST_TOO_LARGE, REQUESTED, USED } from './wordings/limit.ts';

/** What a refusal's body says about the limit that was met. */
export interface LimitInWords {
  readonly period: LimitPeriod | undefined;
  readonly counts: LimitDimension | undefined;
  readonly window: WindowName | undefined;
  /** How much the windows that it names grant. */
  readonly limits: Limits | undefined;
  readonly observed: Observation | undefined;
  /** The provider grants nothing of it, so waiting does not help. */
  readonly nothingGranted: boolean;
  /** This one request needs more than the window ever grants. */
  readonly requestTooLarge: boolean;
  /** When the day ends, if the body identifies a provider with a day of its own. */
  readonly dayReset: DayReset | undefined;
  /**
   * The parts of the text that it was read from: one part from the first match to the last, and the limit once more if it is not written in
   * the form of `LIMIT_WITH_USAGE`.
   */
  readonly matchedText: readonly string[];
}

/** A limit with the window that it belongs to. */
interface WindowLimit {
  readonly window: WindowName;
  readonly limit: number;
}

/** Smaller limits are rare, and are read only if they are written in the form of `LIMIT_WITH_USAGE`. */
const MIN_LIMIT: Readonly<Record<LimitDimension, number>> = { requests: 3, tokens: 100 };
/** Quoted text may come from the request; a quoted number is kept. */
const QUOTED = /(?<!\w)(['"`])(?=[^'"`]{0,200}[a-z])[^'"`]{1,200}\1(?!\w)/g;

/** Reads the limit that a refusal names, from Google's quotas or else from its text. */
export function limitInWords(error: ReportedError, words: ErrorWords): LimitInWords {
  const quotas = error.extras?.quotas ?? [];
  const text = words.text.replaceAll(QUOTED, (quoted) => ' '.repeat(quoted.length));
  const limitMatch = LIMIT.exec(text);
  const limit = countOf(limitMatch?.[1]);
  const used = countOf(USED.exec(text)?.[1]);
  const requested = countOf(REQUESTED.exec(text)?.[1]);
  const nothingGranted = limit === 0 || grantsNoQuota(quotas);
  const requestTooLarge =
    REQUEST_TOO_LARGE.test(text) ||
    budgetClass(words.codes) === 'too_large_for_limit' ||
    (limit !== undefined && requested !== undefined && requested > limit);
  if (quotas.length > 0)
    return { ...limitInQuotas(quotas), nothingGranted, requestTooLarge, observed: undefined, matchedText: [] };
  const period = periodIn(text);
  const counts = period === undefined ? undefined : dimensionNear(text, period.index, { limit, used });
  const window = windowOf(counts, period?.name);
  const granted =
    window === undefined || counts === undefined || limitMatch === null || CONCURRENCY.test(text)
      ? undefined
      : plausibleLimit(limitMatch[0], { window, limit }, counts);
  return {
    period: period?.name,
    counts,
    window,
    limits: granted === undefined ? undefined : { [granted.window]: granted.limit },
    observed: granted === undefined || used === undefined ? undefined : { ...granted, remaining: granted.limit - used },
    nothingGranted,
    requestTooLarge,
    dayReset: words.codes.split(' ').includes(CLOUDFLARE_DAY_SPENT) ? 'UTC' : undefined,
    matchedText:
      period === undefined && limit !== 0 ? [] : matchedParts(words.text, { text, period, limitMatch, granted }),
  };
}

/** A limit that the text names; undefined if it is zero, or too small for the way in which it is written. */
function plausibleLimit(
  written: string,
  { window, limit }: { readonly window: WindowName; readonly limit: number | undefined },
  counts: LimitDimension,
): WindowLimit | undefined {
  if (limit === undefined || limit === 0 || (limit < MIN_LIMIT[counts] && !LIMIT_WITH_USAGE.test(written)))
    return undefined;
  return { window, limit };
}

interface Matches {
  /** The text in which the matches have their places. */
  readonly text: string;
  readonly period: PeriodMatch | undefined;
  readonly limitMatch: RegExpExecArray | null;
  readonly granted: WindowLimit | undefined;
}

/** The parts of the words that were read, in one piece: a request that holds one of them by chance rarely holds the whole piece. */
function matchedParts(words: string, { text, period, limitMatch, granted }: Matches): readonly string[] {
  const spans: (readonly [start: number, end: number])[] = [];
  if (period !== undefined) spans.push([(dimensionWordBefore(text, period.index) ?? period).index, period.end]);
  if (limitMatch !== null) spans.push([limitMatch.index, limitMatch.index + limitMatch[0].length]);
  const piece = words.slice(Math.min(...spans.map(([start]) => start)), Math.max(...spans.map(([, end]) => end)));
  return granted === undefined || limitMatch === null || LIMIT_WITH_USAGE.test(limitMatch[0])
    ? [piece]
    : [piece, limitMatch[0]];
}
