import { limitMet } from './rate-limit.ts';
import {
  ACCESS_TEXT,
  AFFORD_TEXT,
  CREDITS_TEXT,
  GONE_CODE,
  KEY_CODE,
  KEY_TEXT,
  MONEY_CODE,
  MONEY_TEXT,
  QUOTA_TEXT,
  RATE_CODE,
} from './phrases.ts';
import { byText, filtered, type Found, overflow, type Refusal } from './refusal.ts';

/**
 * What a status says that is for money and keys, 401, 402, 403 and 412. What is about this request comes first, since it takes nothing out of
 * service. A 403 without JSON is a wall's on the way, which refuses nobody's key: as any server that does not work, it is passed by.
 */
export function moneyOrKey(refusal: Refusal): Found {
  const { status, words } = refusal;
  const { codes } = words;
  if (codes.includes('in_flight_budget_exhausted')) return { class: 'rate_limited' };
  if (codes.includes('weight_exceeds_budget')) return { class: 'too_large_for_limit' };
  const ofRequest = ofThis(refusal);
  if (ofRequest !== undefined) return ofRequest;
  if (status === 402 || MONEY_CODE.test(codes)) return { class: 'no_money' };
  const poor = byText(words, MONEY_TEXT, { class: 'no_money' }) ?? unpaid(refusal);
  if (poor !== undefined) return poor;
  if (status === 412) return { class: 'overloaded' };
  if (status === 403) {
    if (RATE_CODE.test(codes)) return limitMet(refusal);
    if (GONE_CODE.test(codes)) return { class: 'model_gone' };
  }
  return aboutKey(refusal);
}

function ofThis({ status, words }: Refusal): Found | undefined {
  const costly = status === 402 ? byText(words, AFFORD_TEXT, { class: 'no_money', scope: 'request' }) : undefined;
  // Codes of money say more than any text.
  return costly ?? (MONEY_CODE.test(words.codes) ? undefined : (overflow(words) ?? filtered(words)));
}

function unpaid({ words, spent }: Refusal): Found | undefined {
  if (RATE_CODE.test(words.codes) || spent.day !== undefined) return undefined;
  return byText(words, QUOTA_TEXT, { class: 'no_money' });
}

function aboutKey({ status, words, page }: Refusal): Found {
  if (KEY_CODE.test(words.codes)) return { class: 'auth' };
  const key = byText(words, KEY_TEXT, { class: 'auth' });
  if (key !== undefined) return status === 403 && page ? key : { class: 'auth' };
  if (status === 403) {
    const poor = byText(words, CREDITS_TEXT, { class: 'no_money' });
    if (poor !== undefined) return poor;
    if (page) return { class: 'server' };
  }
  return byText(words, ACCESS_TEXT, { class: 'auth', scope: 'model' }) ?? { class: 'auth' };
}
