import { budgetClass, hasCode } from './error-codes.ts';
import { matchOwnText } from './error-words.ts';
import { type ClassMatch, contentFiltered, matchText, type Refusal } from './refusal.ts';
import { CALL_QUOTA, GOOGLE_QUOTA_EXCEEDED, LIMIT_REACHED, REMAINING } from './wordings/limit.ts';
import { OVERLOADED } from './wordings/overload.ts';
import { NO_MONEY, QUOTA_EXCEEDED } from './wordings/payment.ts';

/**
 * Classifies a rate-limit reply: request rate, daily quota, billing, request too large, or overload. The text that names the limit is
 * added later, from `Refusal.limit`.
 */
export function rateLimit(refusal: Refusal): ClassMatch {
  const { words, limit } = refusal;
  const { codes } = words;
  const budget = budgetClass(codes);
  if (budget !== undefined) return { class: budget };
  if (hasCode(codes, 'no_money')) return { class: 'no_money' };
  const speaksOfRate = limit.period !== undefined || refusal.hasRetryHint || hasCode(codes, 'rate_limited');
  const filtered = speaksOfRate ? undefined : contentFiltered(words);
  if (filtered !== undefined) return filtered;
  const noMoney = matchText(words, NO_MONEY, { class: 'no_money' });
  if (noMoney !== undefined) return noMoney;
  const quotaExceeded = matchText(words, QUOTA_EXCEEDED, { class: 'no_money' });
  if (quotaExceeded !== undefined && !hasCode(codes, 'rate_limited') && limit.dayReset === undefined)
    return quotaExceeded;
  // A model without a free tier grants nothing; the same key may serve other models.
  if (grantsNothing(refusal)) return { class: 'no_money', scope: 'model' };
  if (limit.requestTooLarge) return { class: 'too_large_for_limit' };
  if (limit.period === undefined && OVERLOADED.test(codes)) return { class: 'overloaded' };
  const overloaded = limit.period === undefined ? matchText(words, OVERLOADED, { class: 'overloaded' }) : undefined;
  if (overloaded !== undefined) return overloaded;
  // The month of a trial is over for the key, not for one of its models.
  if (limit.period === 'month') return { class: 'no_money' };
  const callQuota = matchText(words, CALL_QUOTA, { class: 'quota_day' });
  if (callQuota !== undefined) return callQuota;
  return { class: limit.period === undefined || limit.period === 'minute' ? 'rate_limited' : 'quota_day' };
}

/**
 * Classifies a refusal that says in words that a limit was met, under a status that says something else: a 403 of Azure API Management, and
 * any other whose text names a limit that was reached and when to retry. Undefined if it says no such thing.
 */
export function limitReached(refusal: Refusal): ClassMatch | undefined {
  const { words, hasRetryHint } = refusal;
  const callQuota = matchText(words, CALL_QUOTA, { class: 'quota_day' });
  if (callQuota !== undefined || !hasRetryHint) return callQuota;
  const reached = matchOwnText(LIMIT_REACHED, words);
  if (reached === undefined) return undefined;
  const found = rateLimit(refusal);
  return { ...found, matchedText: [reached, ...(found.matchedText ?? [])] };
}

/**
 * Whether the limit itself is zero: by a quota of Google's, by Google's text, or by another text that gives neither what remains nor when
 * to retry.
 */
function grantsNothing({ limit, error, words, hasRetryHint }: Refusal): boolean {
  if (!limit.nothingGranted) return false;
  if ((error.extras?.quotas.length ?? 0) > 0 || GOOGLE_QUOTA_EXCEEDED.test(words.ownText)) return true;
  return !hasRetryHint && !REMAINING.test(words.ownText);
}
