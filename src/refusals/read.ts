import type { Learned, Observation, WindowName } from '../domain/limits.ts';
import type { Reading } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { ReadOptions } from './read-options.ts';
import { classify } from './classify.ts';
import { isContextOverflow, overflowIn } from './context-window.ts';
import { type HeaderWindow, isDay, windowsIn } from './header-windows.ts';
import { healTime, isHinted } from './retry-at.ts';
import { observationOf } from './observe-limits.ts';
import { refusedIn } from './refused-part.ts';
import { type Spent, spentIn } from './limit-in-words.ts';
import { isJson, readErrorBody } from './error-body.ts';
import { wordsOf } from './error-words.ts';

/** Reads a refusal by the general rules that hold across vendors. Pure. */
export function read(head: ReplyHead, body: Buffer, by: ReadOptions): Reading {
  return reading({ ...head, page: !isJson(body) }, readErrorBody(body), by);
}

/** Reads an error that came inside a 2xx; without a status of its own it stands for a 502. */
export function readError(error: ReportedError, by: ReadOptions): Reading {
  const status = error.status ?? statusInWords(heard(error, by));
  return reading({ status, headers: {}, page: false }, error, by);
}

/** Statuses that errors inside a 2xx name without their number. */
const IN_WORDS: readonly (readonly [words: RegExp, status: number])[] = [
  [/overloaded/, 529],
  [/rate_limit|resource_exhausted|too_many_requests|slow_down|insufficient_quota|throttling/, 429],
  [/authentication_error|invalid_api_key|unauthenticated/, 401],
  [/billing_error|payment_required|insufficient_(?:balance|credits)/, 402],
  [/model_not_found|not_found_error/, 404],
  [/content_filter|content_policy/, 400],
];

function statusInWords(error: ReportedError): number {
  const words = wordsOf(error);
  const told = IN_WORDS.find(([each]) => each.test(words.codes))?.[1];
  return told ?? (isContextOverflow(words) ? 400 : 502);
}

interface Read extends ReplyHead {
  /** Whether the body is no JSON. */
  readonly page: boolean;
}

/** What of an error is listened to. */
function heard(told: ReportedError, { ignoreText = false }: ReadOptions): ReportedError {
  if (!ignoreText) return told;
  return { ...told, message: '', extras: told.extras && { ...told.extras, passedOn: '' } };
}

function reading({ status, headers, page }: Read, told: ReportedError, by: ReadOptions): Reading {
  const error = heard(told, by);
  const words = wordsOf(error);
  const all = error.extras === undefined ? headers : { ...error.extras.headers, ...headers };
  const windows = windowsIn(all, by);
  const spent = orSpentDay(spentIn(error, words), windows);
  const hinted = isHinted({ headers: all, error }, by.now);
  const { class: kind, scope, words: readBy } = classify({ status, error, words, spent, page, hinted });
  const ofLimit = kind === 'rate_limited' || kind === 'quota_day' || kind === 'too_large_for_limit';
  const overflow = kind === 'context_length' ? overflowIn(words) : undefined;
  const refused = kind === 'bad_request' ? refusedIn(error) : undefined;
  const ofMonth = kind === 'no_money' && (spent.period === 'month' || spent.nothingGranted);
  return {
    ...refused,
    class: kind,
    scope,
    status,
    error: {
      message: told.message === '' ? `The provider answered with status ${status}.` : told.message,
      type: error.type,
      param: error.param,
      code: error.code,
    },
    retryAt: healTime(kind, { headers: all, windows, error, spent }, by),
    window: ofLimit ? (spent.window ?? spentWindow(windows)) : undefined,
    learned: ofLimit ? learnedOf(spent.limits) : learnedWindow(overflow?.tokens),
    observed: withObserved(windows.map(observationOf), ofLimit ? spent.observed : undefined, by),
    words: [
      ...readBy,
      ...(refused?.words ?? []),
      ...(overflow?.words ?? []),
      ...(ofLimit || ofMonth ? spent.words : []),
    ],
  };
}

/** Where the words name no window, and of all that headers minimumTokens name only a day's has nothing left, that day is what is spent. */
function orSpentDay(spent: Spent, windows: readonly HeaderWindow[]): Spent {
  const empty = windows.filter(({ remaining }) => remaining === 0);
  if (spent.period !== undefined || empty.length === 0 || !empty.every((each) => each.sure && isDay(each)))
    return spent;
  return { ...spent, period: 'day', window: empty[0]?.window };
}

/** The shortest window of which headers tell that nothing is left. */
function spentWindow(windows: readonly HeaderWindow[]): WindowName | undefined {
  const empty = windows.filter(({ remaining, sure }) => sure && remaining === 0);
  return (empty.find((each) => !isDay(each)) ?? empty[0])?.window;
}

function learnedOf(limits: Learned['limits']): Learned | undefined {
  return limits === undefined ? undefined : { limits };
}

function learnedWindow(contextTokens: number | undefined): Learned | undefined {
  return contextTokens === undefined ? undefined : { contextTokens };
}

/** What the words tell of a window is later than what the headers do, but for its reset. */
function withObserved(
  windows: readonly Observation[],
  told: Observation | undefined,
  by: ReadOptions,
): readonly Observation[] {
  if (told === undefined) return windows;
  const resetAt = windows.find(({ window }) => window === told.window)?.resetAt ?? refilledAt(told, by);
  return [...windows.filter(({ window }) => window !== told.window), { ...told, resetAt }];
}

/** When all of a window is there again that refills evenly, so that it takes as long as it is wide to come back from nothing. */
function refilledAt({ window, limit, remaining }: Observation, { rules, now }: ReadOptions): number | undefined {
  if (!rules.refills || limit === undefined || remaining === undefined) return undefined;
  const span = isDay({ window }) ? DAY_MS : MINUTE_MS;
  return Math.ceil(now + (span * (limit - remaining)) / limit);
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
