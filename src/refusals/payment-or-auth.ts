import { budgetClass, hasCode } from './error-codes.ts';
import { rateLimit } from './rate-limit.ts';
import { type ClassMatch, contentFiltered, contextOverflow, matchText, type Refusal } from './refusal.ts';
import { INVALID_KEY, NO_MODEL_ACCESS } from './wordings/auth.ts';
import { CANNOT_AFFORD, CREDITS, NO_MONEY, QUOTA_EXCEEDED } from './wordings/payment.ts';

/**
 * Classifies a reply with status 401, 402, 403 or 412, which are for payment and authentication. A problem of this one request has
 * precedence, because it takes nothing out of service. A non-JSON 403 comes from a firewall in between: a server error, not a rejected key.
 */
export function paymentOrAuth(refusal: Refusal): ClassMatch {
  const { status, words } = refusal;
  const { codes } = words;
  const budget = budgetClass(codes);
  if (budget !== undefined) return { class: budget };
  const ofRequest = problemOfRequest(refusal);
  if (ofRequest !== undefined) return ofRequest;
  if (status === 402 || hasCode(codes, 'no_money')) return { class: 'no_money' };
  const noMoney = matchText(words, NO_MONEY, { class: 'no_money' }) ?? quotaExceeded(refusal);
  if (noMoney !== undefined) return noMoney;
  if (status === 412) return { class: 'overloaded' };
  if (status === 403) {
    if (hasCode(codes, 'rate_limited')) return rateLimit(refusal);
    if (hasCode(codes, 'model_gone')) return { class: 'model_gone' };
  }
  return keyOrPermission(refusal);
}

function problemOfRequest({ status, words }: Refusal): ClassMatch | undefined {
  const tooExpensive =
    status === 402 ? matchText(words, CANNOT_AFFORD, { class: 'no_money', scope: 'request' }) : undefined;
  if (tooExpensive !== undefined) return tooExpensive;
  // A code for missing money is more exact than any text.
  return hasCode(words.codes, 'no_money') ? undefined : (contextOverflow(words) ?? contentFiltered(words));
}

function quotaExceeded({ words, limit }: Refusal): ClassMatch | undefined {
  if (hasCode(words.codes, 'rate_limited') || limit.dayReset !== undefined) return undefined;
  return matchText(words, QUOTA_EXCEEDED, { class: 'no_money' });
}

function keyOrPermission({ status, words, hasJsonBody }: Refusal): ClassMatch {
  if (hasCode(words.codes, 'auth')) return { class: 'auth' };
  const key = matchText(words, INVALID_KEY, { class: 'auth' });
  if (key !== undefined) return status === 403 && !hasJsonBody ? key : { class: 'auth' };
  if (status === 403) {
    const noCredits = matchText(words, CREDITS, { class: 'no_money' });
    if (noCredits !== undefined) return noCredits;
    if (!hasJsonBody) return { class: 'server' };
  }
  return matchText(words, NO_MODEL_ACCESS, { class: 'auth', scope: 'model' }) ?? { class: 'auth' };
}
