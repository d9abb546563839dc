import type { Learned, Observation, WindowName } from '../domain/limits.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import type { Reading } from '../domain/reading.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { type BatchLimit, batchLimit } from './batch-limit.ts';
import { classify, classifyByRules } from './classify.ts';
import { isContextOverflow, windowInText } from './context-window.ts';
import { isJson, readErrorBody } from './error-body.ts';
import { statusOfCodes } from './error-codes.ts';
import { errorWords } from './error-words.ts';
import { type HeaderWindow, isDay, windowsIn } from './header-windows.ts';
import { type LimitInWords, limitInWords } from './limit-in-words.ts';
import { namedFields } from './named-fields.ts';
import { toObservation } from './observe-limits.ts';
import type { ReadOptions } from './read-options.ts';
import { refusedPart } from './refused-part.ts';
import { LOADING_MS } from './model-loading.ts';
import { retryTime } from './retry-at.ts';
import { type StatedWaits, statedWaits } from './stated-waits.ts';
import { retryAfter } from './wait.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Reads a refusal by the rules that hold for all providers. Pure. */
export function readReply(head: ReplyHead, body: Buffer, options: ReadOptions): Reading {
  const { error, hasJsonError } = readErrorBody(body);
  return toReading({ ...head, hasJsonBody: isJson(body), hasJsonError }, error, options);
}

/** Reads an error that was reported inside a 2xx. If it has no status and no code that stands for one, its status is 502. Pure. */
export function readReportedError(error: ReportedError, options: ReadOptions): Reading {
  const status = error.status ?? impliedStatus(usableError(error, options));
  return toReading({ status, headers: {}, hasJsonBody: true, hasJsonError: true }, error, options);
}

function impliedStatus(error: ReportedError): number {
  const words = errorWords(error);
  return statusOfCodes(words.codes) ?? (isContextOverflow(words) ? 400 : 502);
}

interface Reply extends ReplyHead {
  readonly hasJsonBody: boolean;
  readonly hasJsonError: boolean;
}

/** The error without its texts, if the options ignore them. */
function usableError(error: ReportedError, { ignoreText = false }: ReadOptions): ReportedError {
  if (!ignoreText) return error;
  return { ...error, message: '', extras: error.extras && { ...error.extras, upstreamText: '' } };
}

/** Characters of a message that are kept: more than are read for its meaning, or shown. Providers echo prompts. */
const MAX_MESSAGE = 8 * 1024;

function boundedError(error: ReportedError): ReportedError {
  return error.message.length <= MAX_MESSAGE ? error : { ...error, message: error.message.slice(0, MAX_MESSAGE) };
}

function toReading(reply: Reply, sent: ReportedError, options: ReadOptions): Reading {
  const { status, headers } = reply;
  const reported = boundedError(sent);
  const error = usableError(reported, options);
  const words = errorWords(error);
  const allHeaders = error.extras === undefined ? headers : { ...error.extras.headers, ...headers };
  const windows = windowsIn(allHeaders, options);
  const stated = statedWaits(error, words, options.now);
  const inHeader = retryAfter(allHeaders, options.now);
  const limit = withLongReset(withSpentDay(limitInWords(error, words), windows), stated, inHeader);
  const hasHint = (inHeader ?? stated.retry ?? stated.reset) !== undefined;
  const byRule = classifyByRules({ status, error, words }, options.refusals ?? []);
  const classification = byRule ?? classify({ ...reply, error, words, limit, hasRetryHint: hasHint });
  const { class: kind, scope, loading, refusedReasoning } = classification;
  const ofLimit = kind === 'rate_limited' || kind === 'quota_day' || kind === 'too_large_for_limit';
  const ofMonth = kind === 'no_money' && (limit.period === 'month' || limit.nothingGranted);
  const contextWindow = kind === 'context_length' ? windowInText(words) : undefined;
  const batch = scope === 'request' ? batchLimit(status, words) : undefined;
  const refused =
    kind === 'bad_request'
      ? { ...refusedPart(error), ...(byRule ? {} : { namedFields: namedFields(error) }) }
      : undefined;
  const retry = retryTime(kind, { inHeader, windows, stated, limit }, options);
  const retryAt = retry.retryAt ?? (loading === true ? options.now + LOADING_MS : undefined);
  const inText = ofLimit ? withRetryOfDay(limit.observed, retryAt) : undefined;
  return {
    ...refused,
    class: kind,
    scope,
    status,
    error: {
      message: reported.message.trim() === '' ? `The provider answered with status ${status}.` : reported.message,
      type: error.type,
      param: error.param,
      detail: error.detail,
      code: error.code,
    },
    retryAt,
    ...(loading === true ? { loading } : {}),
    ...(refusedReasoning === true ? { refusedReasoning } : {}),
    quotaPeriod: kind === 'quota_day' ? longPeriodOf(limit) : undefined,
    window: ofLimit ? (limit.window ?? spentWindow(windows)) : undefined,
    learned: withBatch(ofLimit ? learnedLimits(limit.limits) : learnedWindow(contextWindow?.tokens), batch),
    observed: withObserved(windows.map(toObservation), inText, options),
    matchedText: [
      ...classification.matchedText,
      ...(refused?.matchedText ?? []),
      ...(contextWindow?.matchedText ?? []),
      ...(batch?.matchedText ?? []),
      ...(ofLimit || ofMonth ? limit.matchedText : []),
      ...retry.matchedText,
    ],
  };
}

/**
 * If the text names no period, and every window with nothing remaining is certainly a day by the headers, that day is the limit that was
 * met.
 */
function withSpentDay(limit: LimitInWords, windows: readonly HeaderWindow[]): LimitInWords {
  const spent = windows.filter(({ remaining }) => remaining === 0);
  if (limit.period !== undefined || spent.length === 0 || !spent.every((each) => each.certain && isDay(each)))
    return limit;
  return { ...limit, period: 'day', window: spent[0]?.window };
}

/**
 * A limit that resets in more than an hour is a quota, unless the text names a shorter period, or speaks of no quota and something says to
 * retry within the hour.
 */
function withLongReset(
  limit: LimitInWords,
  { retry, quotaReset, ofQuota }: StatedWaits,
  inHeader = Infinity,
): LimitInWords {
  if (limit.period !== undefined || quotaReset === undefined || quotaReset.ms <= HOUR_MS) return limit;
  const shortest = Math.min(inHeader, retry?.ms ?? Infinity);
  return ofQuota || shortest > HOUR_MS ? { ...limit, period: 'long' } : limit;
}

function longPeriodOf({ period }: LimitInWords): Reading['quotaPeriod'] {
  if (period === 'week') return 'week';
  return period === 'long' ? 'month' : undefined;
}

/** The shortest window with nothing remaining by the headers. */
function spentWindow(windows: readonly HeaderWindow[]): WindowName | undefined {
  const spent = windows.filter(({ remaining, certain }) => certain && remaining === 0);
  return (spent.find((each) => !isDay(each)) ?? spent[0])?.window;
}

function learnedLimits(limits: Learned['limits']): Learned | undefined {
  return limits === undefined ? undefined : { limits };
}

function learnedWindow(contextTokens: number | undefined): Learned | undefined {
  return contextTokens === undefined ? undefined : { contextTokens };
}

function withBatch(learned: Learned | undefined, limit: BatchLimit | undefined): Learned | undefined {
  return limit === undefined ? learned : { ...learned, batch: limit.batch };
}

/** A spent day counts until the provider says to retry, and not for a whole day: some of a rolling day is back by then. */
function withRetryOfDay(observed: Observation | undefined, retryAt: number | undefined): Observation | undefined {
  const isSpentDay = observed?.remaining !== undefined && observed.remaining <= 0 && isDay(observed);
  return isSpentDay ? { ...observed, resetAt: retryAt } : observed;
}

/** The text's observation of a window is newer than the headers' and replaces it, except for the reset. */
function withObserved(
  windows: readonly Observation[],
  inText: Observation | undefined,
  options: ReadOptions,
): readonly Observation[] {
  if (inText === undefined) return windows;
  const resetAt =
    windows.find(({ window }) => window === inText.window)?.resetAt ?? refilledAt(inText, options) ?? inText.resetAt;
  return [...windows.filter(({ window }) => window !== inText.window), { ...inText, resetAt }];
}

/** When a window that refills evenly is full again: it takes its whole length to refill from nothing. */
function refilledAt({ window, limit, remaining }: Observation, { rules, now }: ReadOptions): number | undefined {
  if (!rules.refills || limit === undefined || remaining === undefined) return undefined;
  const length = isDay({ window }) ? DAY_MS : MINUTE_MS;
  return Math.ceil(now + (length * (limit - remaining)) / limit);
}
