import type { DayReset, Limits, Observation, WindowName } from '../domain/limits.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { COUNT, countOf } from './count-in-text.ts';
import { countIn, type Words } from './error-words.ts';

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
  /** What of its words says so: what reaches from the first to the last of them, and the limit where it stands far from the vendor's own ways. */
  readonly words: readonly string[];
}

const LIMIT = new RegExp(
  String.raw`\blimit(?:ed)?(?: is| of| to|:)? ?(${COUNT})(?! (?:\w{1,12} )?(?:remaining|left))(?:, ?(?:used|current usage):? ?\d)?`,
);
const USED = new RegExp(String.raw`\b(?:used|current usage|current):? ?(${COUNT})`);
const REQUESTED = new RegExp(String.raw`\brequested:? ?(${COUNT})`);
/** How vendors write it that count for themselves; who echoes what he was sent writes otherwise. */
const VENDORS_OWN = /, ?(?:used|current usage):? ?\d$/;
/** Fewer are granted so seldom that only a vendor's own way of writing it is believed. */
const FEWEST: Readonly<Record<Counts, number>> = { requests: 3, tokens: 100 };
/** What is quoted is not the vendor's to say, but for a number. */
const QUOTED = /(?<!\w)(['"`])(?=[^'"`]{0,200}[a-z])[^'"`]{1,200}\1(?!\w)/g;
/** "(TPM)": where it is written out in brackets, no other word is needed. */
const BRACKETS = /(?<=\()[rt]p([md])(?=\))/;
/** "tpm", "tokens per day", "calls / minute", "free-models-per-day", "daily", "ByDay", "per 86400s", "duration_s: 86400"; no part of a name with hyphens. */
const PERIODS =
  /(?<![\w-])[rt]p([md])(?![\w-])|(?:(?<![\w-])|(?<=(?:models|tokens|requests)-))per[- ]?(?:1 )?(min(?:ute)?|day|month|sec(?:ond)?|hour|week|year)s?(?!\w|-(?!limit))|(?<=models-)per-(min|day|month)|\/ ?(min(?:ute)?|day|month|sec(?:ond)?|hour)s?(?![\w/-])|(?<![\w-])(dai|month|hour|week|year)ly(?![\w-])|by(day|minute)\b|(?:per |duration_s: ?)(\d{1,7})(?: ?s(?:ec\w{0,5})?\b|,)/;
/** By the letter, the word or the seconds that stand for it. */
const NAMES: Readonly<Record<string, Period>> = {
  m: 'minute',
  min: 'minute',
  minute: 'minute',
  60: 'minute',
  d: 'day',
  day: 'day',
  dai: 'day',
  86400: 'day',
  month: 'month',
  2592000: 'month',
};
/** How far from a period's name what it counts is looked for, in characters. */
const NEAR = 40;
/** SambaNova counts requests and tokens in the same words; so many requests a day nobody is granted. */
const SURELY_TOKENS = 50_000;
/** And so few tokens. */
const SURELY_REQUESTS = 1000;

/** Reads what limit a refusal speaks of, from Google's quotas or from its words. */
export function spentIn(error: ReportedError, words: Words): Spent {
  const quotas = error.extras?.quotas ?? [];
  const { codes } = words;
  const text = words.text.replaceAll(QUOTED, (quoted) => ' '.repeat(quoted.length));
  const told = LIMIT.exec(text);
  const limit = countOf(told?.[1]);
  const used = countOf(USED.exec(text)?.[1]);
  const requested = countOf(REQUESTED.exec(text)?.[1]);
  const nothingGranted = limit === 0 || quotas.some(({ value }) => countIn(value) === 0);
  const tooLarge =
    /request too large/.test(text) ||
    codes.includes('weight_exceeds_budget') ||
    (limit !== undefined && requested !== undefined && requested > limit);
  if (quotas.length > 0) return { ...quotaSpent(quotas), nothingGranted, tooLarge, observed: undefined, words: [] };
  const period = periodIn(text);
  const counts = period === undefined ? undefined : countedIn(text, period.index, { limit, used });
  const window = windowOf(counts, period?.name);
  const granted =
    window === undefined || counts === undefined || told === null || /concurren/.test(text)
      ? undefined
      : believed(told[0], { window, counts, limit });
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
    words: period === undefined && limit !== 0 ? [] : spoken(words.text, { text, period, told, granted }),
  };
}

/** A limit that a text tells, unless it is none or so small that it must be said in the vendor's own way and is not. */
function believed(
  said: string,
  {
    window,
    counts,
    limit,
  }: { readonly window: WindowName; readonly counts: Counts; readonly limit: number | undefined },
): { readonly window: WindowName; readonly limit: number } | undefined {
  if (limit === undefined || limit === 0 || (limit < FEWEST[counts] && !VENDORS_OWN.test(said))) return undefined;
  return { window, limit };
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

/** A period where a text names it. */
interface Named {
  readonly name: Period;
  readonly index: number;
  readonly end: number;
}

/**
 * The period in brackets, or else the first that a text names: what follows it may be what more money would buy. Where the first is one that
 * nobody counts here, such as a second, what is said of the limit is said of that one.
 */
function periodIn(text: string): Named | undefined {
  const match = BRACKETS.exec(text) ?? PERIODS.exec(text);
  const named = match?.slice(1).find((each) => each !== undefined);
  const name = named === undefined ? undefined : NAMES[named];
  return match === null || name === undefined
    ? undefined
    : { name, index: match.index, end: match.index + match[0].length };
}

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
  const word = countedBefore(text, index)?.word ?? text.slice(index, index + NEAR).match(COUNTED)?.[0] ?? '';
  if (word === 'token') return 'tokens';
  // "50 per day": so many of what is asked.
  return word === '' && !/\d ?$/.test(text.slice(Math.max(0, index - 2), index)) ? undefined : 'requests';
}

/** The last word before a period that says what is counted. */
function countedBefore(text: string, index: number): { readonly word: string; readonly index: number } | undefined {
  const start = Math.max(0, index - NEAR);
  const last = [...text.slice(start, index).matchAll(COUNTED)].at(-1);
  return last === undefined ? undefined : { word: last[0], index: start + last.index };
}

const COUNTED = /token|request|call|quer(?:y|ies)|models-/g;

/** What of the words was read, in one piece, so that what a caller may have said by chance is not taken for it. */
function spoken(
  words: string,
  {
    text,
    period,
    told,
    granted,
  }: {
    readonly text: string;
    readonly period: Named | undefined;
    readonly told: RegExpExecArray | null;
    readonly granted: object | undefined;
  },
): readonly string[] {
  const pieces: (readonly [start: number, end: number])[] = [];
  if (period !== undefined) pieces.push([(countedBefore(text, period.index) ?? period).index, period.end]);
  if (told !== null) pieces.push([told.index, told.index + told[0].length]);
  const all = words.slice(Math.min(...pieces.map(([start]) => start)), Math.max(...pieces.map(([, end]) => end)));
  return granted === undefined || told === null || VENDORS_OWN.test(told[0]) ? [all] : [all, told[0]];
}

function windowOf(counts: Counts | undefined, period: Period | undefined): WindowName | undefined {
  if (counts === undefined || period === undefined || period === 'month') return undefined;
  if (counts === 'requests') return period === 'day' ? 'requestsPerDay' : 'requestsPerMinute';
  return period === 'day' ? 'tokensPerDay' : 'tokensPerMinute';
}
