import type { DayReset, Limits, Observation, WindowName } from '../../domain/limits.ts';
import type { ReportedError } from '../../domain/vendor-error.ts';
import { countIn, type Words } from './words.ts';

/** Over how long something is counted. */
type Period = 'minute' | 'day' | 'month';
type Counts = 'requests' | 'tokens';

/** What a refusal's body says of the limit that was met. */
export interface Spent {
  readonly period: Period | undefined;
  readonly counts: Counts | undefined;
  readonly window: WindowName | undefined;
  /** How much the windows that it names grant. */
  readonly limits: Limits | undefined;
  readonly observed: Observation | undefined;
  /** The vendor grants nothing of it, so there is nothing to wait for. */
  readonly nothingGranted: boolean;
  /** One request asks for more than the window ever grants. */
  readonly tooLarge: boolean;
  /** When the day ends, where the body says whose it is. */
  readonly day: DayReset | undefined;
}

const LIMIT = /\blimit(?:ed)?(?: is| of| to|:)? ?(\d[\d,]*)(?![\w,]|\.\d)/;
const USED = /\b(?:used|current usage|current):? ?(\d[\d,]*)/;
const REQUESTED = /\brequested:? ?(\d[\d,]*)/;
/** "(TPM)", "tokens per day", "calls / minute", "free-models-per-day", "daily", "ByDay", "per 86400s", "duration_s: 86400". */
const PERIODS =
  /\b[rt]p([md])\b|\bper[- ]?(?:1 )?(min|day|month)|\/ ?(min|day|month)(?:ute)?s?(?![\w/-])|\b(dai|month)ly\b|by(day|minute)\b|(?:per |duration_s: ?)(\d{1,7})(?: ?s(?:ec\w{0,5})?\b|,)/g;
const SECONDS: Readonly<Record<string, Period>> = { 60: 'minute', 86400: 'day', 2592000: 'month' };
/** How far from a period's name what it counts is looked for, in characters. */
const NEAR = 40;
/** SambaNova counts requests and tokens in the same words; so many requests a day nobody is granted. */
const SURELY_TOKENS = 50_000;
/** And so few tokens. */
const SURELY_REQUESTS = 1000;

/** Reads what limit a refusal speaks of, from Google's quotas or from its words. */
export function spentIn(error: ReportedError, { text, codes }: Words): Spent {
  const quotas = error.extras?.quotas ?? [];
  const limit = countIn(LIMIT.exec(text)?.[1]);
  const used = countIn(USED.exec(text)?.[1]);
  const requested = countIn(REQUESTED.exec(text)?.[1]);
  const nothingGranted = limit === 0 || quotas.some(({ value }) => countIn(value) === 0);
  const tooLarge =
    /request too large/.test(text) ||
    codes.includes('weight_exceeds_budget') ||
    (limit !== undefined && requested !== undefined && requested > limit);
  if (quotas.length > 0) return { ...quotaSpent(quotas), nothingGranted, tooLarge, observed: undefined };
  const period = periodIn(text);
  const counts = period === undefined ? undefined : countedIn(text, period.index, { limit, used });
  const window = windowOf(counts, period?.name);
  const granted = window === undefined || limit === undefined || limit === 0 ? undefined : { window, limit };
  return {
    period: period?.name,
    counts,
    window,
    limits: granted === undefined ? undefined : { [granted.window]: granted.limit },
    observed: granted === undefined || used === undefined ? undefined : { ...granted, remaining: granted.limit - used },
    nothingGranted,
    tooLarge,
    // Cloudflare's neurons.
    day: /(?:^| )3036(?: |$)/.test(codes) ? 'UTC' : undefined,
  };
}

/** Google names each quota for what it counts, and ends its day at midnight in California, whoever passed its refusal on. */
function quotaSpent(
  quotas: readonly { readonly id: string; readonly value: string | null }[],
): Pick<Spent, 'period' | 'counts' | 'window' | 'limits' | 'day'> {
  const told = quotas.map(({ id, value }) => {
    const period: Period | undefined = /per_?day/i.test(id) ? 'day' : /per_?minute/i.test(id) ? 'minute' : undefined;
    const counts: Counts = /token/i.test(id) ? 'tokens' : 'requests';
    return { period, counts, window: windowOf(counts, period), limit: countIn(value) };
  });
  const limits = told.flatMap(({ window, limit }) =>
    window === undefined || limit === undefined || limit === 0 ? [] : [[window, limit] as const],
  );
  const worst = told.find(({ period }) => period === 'day') ?? told.find(({ period }) => period !== undefined);
  return {
    period: worst?.period,
    counts: worst?.counts,
    window: worst?.window,
    limits: limits.length === 0 ? undefined : Object.fromEntries(limits),
    day: 'America/Los_Angeles',
  };
}

/** The first period that a text names: what follows it may be what more money would buy. */
function periodIn(text: string): { readonly name: Period; readonly index: number } | undefined {
  for (const match of text.matchAll(PERIODS)) {
    const [, letter, per, slash, adverb, by, seconds] = match;
    const name = seconds === undefined ? NAMES[letter ?? per ?? slash ?? adverb ?? by ?? ''] : SECONDS[seconds];
    if (name !== undefined) return { name, index: match.index };
  }
  return undefined;
}

const NAMES: Readonly<Record<string, Period>> = {
  m: 'minute',
  min: 'minute',
  minute: 'minute',
  d: 'day',
  day: 'day',
  dai: 'day',
  month: 'month',
};

/** What is counted, by the word nearest before the period, or else the first after it. */
function countedIn(
  text: string,
  index: number,
  { limit = 0, used }: { readonly limit: number | undefined; readonly used: number | undefined },
): Counts | undefined {
  if (text.startsWith('tp', index)) return 'tokens';
  if (text.startsWith('rp', index)) return 'requests';
  // A request is refused where all requests are used; tokens are refused before.
  if (text.startsWith('duration_s', index))
    return limit >= SURELY_TOKENS || (limit >= SURELY_REQUESTS && used !== undefined && used < limit)
      ? 'tokens'
      : 'requests';
  const before = [...text.slice(Math.max(0, index - NEAR), index).matchAll(COUNTED)].at(-1);
  const word = before?.[0] ?? text.slice(index, index + NEAR).match(COUNTED)?.[0] ?? '';
  if (word === 'token') return 'tokens';
  // "50 per day": so many of what is asked.
  return word === '' && !/\d ?$/.test(text.slice(Math.max(0, index - 2), index)) ? undefined : 'requests';
}

const COUNTED = /token|request|call|quer(?:y|ies)|models-/g;

function windowOf(counts: Counts | undefined, period: Period | undefined): WindowName | undefined {
  if (counts === undefined || period === undefined || period === 'month') return undefined;
  if (counts === 'requests') return period === 'day' ? 'requestsPerDay' : 'requestsPerMinute';
  return period === 'day' ? 'tokensPerDay' : 'tokensPerMinute';
}
