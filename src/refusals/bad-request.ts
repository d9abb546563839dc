import { budgetClass, hasCode } from './error-codes.ts';
import { rateLimit } from './rate-limit.ts';
import {
  type ClassMatch,
  contentFiltered,
  contextOverflow,
  matchText,
  type Refusal,
  speaksOfContent,
} from './refusal.ts';
import { INVALID_KEY } from './wordings/auth.ts';
import { MODEL_GONE } from './wordings/model.ts';
import { DEGRADED_FUNCTION } from './wordings/overload.ts';
import { NO_MONEY, QUOTA_EXCEEDED } from './wordings/payment.ts';
import { BAD_VALUE } from './wordings/value.ts';

/**
 * Classifies a reply with a status for a wrong request, mostly 400, which some providers send for every problem. A complaint about one value
 * of the request is about that value, whatever its text says, because the client may have written that text; only a code can say more.
 */
export function badRequest(refusal: Refusal): ClassMatch {
  // Without a provider's error it comes from a proxy in between, and the request never reached the provider.
  return byCode(refusal) ?? byText(refusal) ?? { class: refusal.hasJsonError ? 'bad_request' : 'server' };
}

function byCode(refusal: Refusal): ClassMatch | undefined {
  const { codes } = refusal.words;
  if (hasCode(codes, 'auth')) return { class: 'auth' };
  if (hasCode(codes, 'content_filter')) return { class: 'content_filter' };
  if (refusal.status === 400) {
    const budget = budgetClass(codes);
    if (budget !== undefined) return { class: budget };
    if (hasCode(codes, 'no_money')) return { class: 'no_money' };
  }
  if (hasCode(codes, 'model_gone')) return { class: 'model_gone' };
  return hasCode(codes, 'model_error') ? { class: 'model_error' } : undefined;
}

function byText(refusal: Refusal): ClassMatch | undefined {
  const { words, error, status } = refusal;
  const limited = status === 400 && hasCode(words.codes, 'rate_limited');
  if (hasCode(words.codes, 'bad_request') || BAD_VALUE.test(words.text))
    return limited ? { class: 'rate_limited' } : contextOverflow({ ...words, text: '', ownText: '', upstreamText: '' });
  const ofRequest = contentFiltered(words) ?? contextOverflow(words) ?? (limited ? undefined : speaksOfContent(words));
  if (ofRequest !== undefined) return ofRequest;
  if (error.param !== null) return limited ? { class: 'rate_limited' } : undefined;
  return (
    matchText(words, INVALID_KEY, { class: 'auth' }) ??
    (status === 400 ? matchText(words, NO_MONEY, { class: 'no_money' }) : undefined) ??
    (limited ? rateLimit(refusal) : undefined) ??
    (status === 400 ? matchText(words, QUOTA_EXCEEDED, { class: 'no_money' }) : undefined) ??
    matchText(words, MODEL_GONE, { class: 'model_gone' }) ??
    matchText(words, DEGRADED_FUNCTION, { class: 'overloaded' })
  );
}
