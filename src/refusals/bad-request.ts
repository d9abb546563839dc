import { limitMet } from './rate-limit.ts';
import {
  COMPLAINT_CODE,
  COMPLAINT_TEXT,
  FILTER_CODE,
  GONE_CODE,
  GONE_TEXT,
  KEY_CODE,
  KEY_TEXT,
  MONEY_CODE,
  MONEY_TEXT,
  QUOTA_TEXT,
  RATE_CODE,
} from './phrases.ts';
import { byText, filtered, type Found, overflow, type Refusal } from './refusal.ts';

/**
 * What a status says that is for mistakes of the caller's, a 400 above all: some vendors say everything with it. What complains about one
 * value of the request is about that, whatever its text says, since the caller may have written it; only a code says more.
 */
export function callersFault(refusal: Refusal): Found {
  return byCode(refusal) ?? byWords(refusal) ?? { class: 'bad_request' };
}

function byCode(refusal: Refusal): Found | undefined {
  const { codes } = refusal.words;
  if (KEY_CODE.test(codes)) return { class: 'auth' };
  if (FILTER_CODE.test(codes)) return { class: 'content_filter' };
  if (refusal.status === 400) {
    if (codes.includes('in_flight_budget_exhausted')) return { class: 'rate_limited' };
    if (codes.includes('weight_exceeds_budget')) return { class: 'too_large_for_limit' };
    if (MONEY_CODE.test(codes)) return { class: 'no_money' };
  }
  if (GONE_CODE.test(codes)) return { class: 'model_gone' };
  return /tool_use_failed|json_validate_failed/.test(codes) ? { class: 'model_error' } : undefined;
}

function byWords(refusal: Refusal): Found | undefined {
  const { words, error, status } = refusal;
  const limited = status === 400 && RATE_CODE.test(words.codes);
  if (COMPLAINT_CODE.test(words.codes) || COMPLAINT_TEXT.test(words.text))
    return limited ? { class: 'rate_limited' } : overflow({ ...words, text: '', said: '', passedOn: '' });
  const ofRequest = overflow(words) ?? filtered(words);
  if (ofRequest !== undefined) return ofRequest;
  if (error.param !== null) return limited ? { class: 'rate_limited' } : undefined;
  return (
    byText(words, KEY_TEXT, { class: 'auth' }) ??
    (status === 400 ? byText(words, MONEY_TEXT, { class: 'no_money' }) : undefined) ??
    (limited ? limitMet(refusal) : undefined) ??
    (status === 400 ? byText(words, QUOTA_TEXT, { class: 'no_money' }) : undefined) ??
    byText(words, GONE_TEXT, { class: 'model_gone' }) ??
    byText(words, /degraded function/, { class: 'overloaded' })
  );
}
