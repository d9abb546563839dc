import { budgetClass, hasCode } from './error-codes.ts';
import { limitReached, rateLimit } from './rate-limit.ts';
import {
  type ClassMatch,
  contentFiltered,
  contextOverflow,
  matchText,
  type Refusal,
  speaksOfContent,
} from './refusal.ts';
import { ABOUT_PROMPT, ACCOUNT_REFUSED, INVALID_KEY, NAMES_MODEL, NO_MODEL_ACCESS } from './wordings/auth.ts';
import { CANNOT_AFFORD, CREDITS, NO_MONEY, QUOTA_EXCEEDED } from './wordings/payment.ts';

/**
 * Classifies a reply with status 401, 402, 403 or 412, which are for payment and authentication. A problem of this one request has
 * precedence, because it takes nothing out of service. A non-JSON 403 comes from a firewall in between: a server error, not a refused key.
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
    const limited = limitReached(refusal);
    if (limited !== undefined) return limited;
  }
  return keyOrPermission(refusal);
}

function problemOfRequest({ status, words }: Refusal): ClassMatch | undefined {
  const tooExpensive =
    status === 402 ? matchText(words, CANNOT_AFFORD, { class: 'no_money', scope: 'request' }) : undefined;
  if (tooExpensive !== undefined) return tooExpensive;
  // A code for missing money is more exact than any text.
  if (hasCode(words.codes, 'no_money')) return undefined;
  const ofContent = contentFiltered(words) ?? (status === 403 ? speaksOfContent(words) : undefined);
  // An account that is out of use for what it sent is more than one refused request.
  return contextOverflow(words) ?? (ACCOUNT_REFUSED.test(words.ownText) ? undefined : ofContent);
}

function quotaExceeded({ words, limit }: Refusal): ClassMatch | undefined {
  if (hasCode(words.codes, 'rate_limited') || limit.dayReset !== undefined) return undefined;
  return matchText(words, QUOTA_EXCEEDED, { class: 'no_money' });
}

function keyOrPermission(refusal: Refusal): ClassMatch {
  const { status, words } = refusal;
  if (hasCode(words.codes, 'auth')) return { class: 'auth' };
  if (status === 403) return forbidden(refusal);
  if (INVALID_KEY.test(words.ownText)) return { class: 'auth' };
  return matchText(words, NO_MODEL_ACCESS, { class: 'auth', scope: 'model' }) ?? { class: 'auth' };
}

/**
 * A 403 takes the account out of service only where it speaks of the key or the account. Otherwise it is about the model that it names, or
 * about this request: a prompt that was blocked, a feature that is not included.
 */
function forbidden({ words, hasJsonBody }: Refusal): ClassMatch {
  const noCredits = matchText(words, CREDITS, { class: 'no_money' });
  if (noCredits !== undefined) return noCredits;
  const ofKey = matchText(words, INVALID_KEY, { class: 'auth' });
  if (!hasJsonBody) return ofKey ?? { class: 'server' };
  return (
    ofKey ??
    matchText(words, NO_MODEL_ACCESS, { class: 'auth', scope: 'model' }) ??
    (ABOUT_PROMPT.test(words.ownText) ? undefined : matchText(words, ACCOUNT_REFUSED, { class: 'auth' })) ??
    matchText(words, NAMES_MODEL, { class: 'auth', scope: 'model' }) ?? { class: 'bad_request' }
  );
}
