import type { Reading, ReadingClass } from '../../domain/reading.ts';
import { isContextOverflow } from './context-window.ts';
import { CLOUDFLARE } from './cloudflare-codes.ts';
import type { Spent } from './spent.ts';
import type { Words } from './words.ts';

/** What a refusal is and what it speaks of. */
export type Classified = Pick<Reading, 'class' | 'scope'>;

const SCOPES: Readonly<Record<ReadingClass, Reading['scope']>> = Object.freeze({
  rate_limited: 'model',
  quota_day: 'model',
  no_money: 'key',
  too_large_for_limit: 'request',
  overloaded: 'model',
  context_length: 'request',
  content_filter: 'request',
  bad_request: 'request',
  auth: 'key',
  model_gone: 'model',
  model_error: 'request',
  server: 'model',
  timeout: 'model',
});

const MONEY_CODE =
  /insufficient_(?:quota|balance|credit|fund)|credit_balance_exhausted|(?:spend|usage)_limit_(?:exceeded|reached)|billing|payment_required|exceeded_current_quota|creditserror/;
const MONEY_TEXT =
  /credit balance is too low|insufficient (?:account )?(?:balance|credits?|funds)|used all (?:of )?(?:its |your )?available credits|(?:reached|exceeded) (?:its|your) (?:monthly )?spend(?:ing)? limit|monthly spending limit|out of credits|(?:have|has) (?:any|enough|sufficient) credits|key limit exceeded|requires more credits|account is suspended|enable billing|please recharge|specified api usage limits/;
/** OpenAI's words for no money, which Google says of any spent quota, with a code of its own. */
const QUOTA_TEXT = /exceeded your current quota, please check your plan and billing/;
const KEY_TEXT =
  /api_key_invalid|invalid_api_key|wrong_api_key|(?:incorrect|invalid|expired) api key|api key (?:is )?(?:not valid|not found|invalid|expired)|location is not supported/;
const GONE_CODE = /model_(?:not_|decommissioned|terms_required|permission|deprecated)|invalid_model|unknown_model/;
const GONE_TEXT =
  /model not exist|not a valid model|no such model|invalid model:|model [`'"]?[\w./:@-]{1,128}[`'"]? (?:does not exist|(?:is |was )?not found|is not supported by any|has been (?:decommissioned|deprecated|retired))/;
const FILTER_CODE = /content_(?:policy|filter)|responsibleaipolicyviolation|data_inspection_failed|moderation_blocked/;
const FILTER_TEXT =
  /content management policy|as a result of our safety system|content exists risk|input was flagged|content violates (?:our |the )?(?:usage|content|safety)/;
const OVERLOAD =
  /overloaded|high demand|high traffic|capacity (?:temporarily )?exceeded|capacity_exceeded|queue_exceeded|not_ready|degraded function/;
/** Codes that say what 429 says, under whatever status. */
const RATE_CODE = /rate_?limit_?(?:exceeded|error)|resource_exhausted|throttlingexception|too_many_requests/;
/** What one request wants and this model lacks. */
const UNABLE_TEXT = /no endpoints found that support/;

/** What a refusal is, by its status, its words and what they say of the limit that was met. Pure; every status has a class. */
export function classify(status: number, words: Words, spent: Spent): Classified {
  const kind = classOf(status, words, spent);
  if (kind === 'no_money' && isOfOneModel(spent, words)) return { class: kind, scope: 'model' };
  if (kind === 'model_gone' && UNABLE_TEXT.test(words.text)) return { class: kind, scope: 'request' };
  return { class: kind, scope: SCOPES[kind] };
}

/** Of a model that has no free tier nothing is granted; the same key may serve others. */
function isOfOneModel({ nothingGranted }: Spent, { codes, text }: Words): boolean {
  return nothingGranted && !MONEY_CODE.test(codes) && !MONEY_TEXT.test(text);
}

function classOf(status: number, words: Words, spent: Spent): ReadingClass {
  const { codes, text } = words;
  const told = codes
    .split(' ')
    .map((code) => CLOUDFLARE.get(code))
    .find((each) => each !== undefined);
  if (told !== undefined) return told;
  switch (status) {
    case 400:
    case 401:
    case 402:
    case 403:
    case 412:
    case 429:
      return moneyOr(status, words, spent);
    case 404:
    case 410:
      return 'model_gone';
    case 408:
    case 504:
      return 'timeout';
    case 413:
      if (spent.tooLarge || /tokens per/.test(text)) return 'too_large_for_limit';
      return isContextOverflow(words) ? 'context_length' : 'bad_request';
    case 424:
      return 'model_error';
    case 498:
      // Cohere's is about a key.
      return /invalid token/.test(text) ? 'auth' : 'overloaded';
    case 409:
    case 425:
    case 503:
    case 529:
      return 'overloaded';
    default:
      if (status < 500 && status !== 499) return callersFault(words);
      return /overloaded_error|server_is_overloaded/.test(codes) ? 'overloaded' : 'server';
  }
}

/** Statuses under which vendors also say that there is no money. */
function moneyOr(status: number, words: Words, spent: Spent): ReadingClass {
  const { codes, text } = words;
  if (codes.includes('in_flight_budget_exhausted')) return 'rate_limited';
  if (codes.includes('weight_exceeds_budget')) return 'too_large_for_limit';
  if (status !== 429 && isFiltered(words)) return 'content_filter';
  if (status === 402 || MONEY_CODE.test(codes) || MONEY_TEXT.test(text)) return 'no_money';
  if (QUOTA_TEXT.test(text) && !RATE_CODE.test(codes) && spent.day === undefined) return 'no_money';
  if (status === 429 || ((status === 400 || status === 403) && RATE_CODE.test(codes))) return limitMet(words, spent);
  if (status === 412) return 'overloaded';
  if (status === 400) return callersFault(words);
  if (status === 401) return 'auth';
  // xAI has many ways to say so, and nobody else speaks of credits when a key may not.
  if (/\bcredits?\b|\bbudget\b/.test(text)) return 'no_money';
  return GONE_CODE.test(codes) ? 'model_gone' : 'auth';
}

function limitMet({ codes, text }: Words, spent: Spent): ReadingClass {
  if (spent.nothingGranted) return 'no_money';
  if (spent.tooLarge) return 'too_large_for_limit';
  if (spent.period === undefined && OVERLOAD.test(`${codes} ${text}`)) return 'overloaded';
  // A trial's month is over for the key, and not for one of its models.
  if (spent.period === 'month') return 'no_money';
  return spent.period === 'day' ? 'quota_day' : 'rate_limited';
}

function callersFault(words: Words): ReadingClass {
  const { codes, text } = words;
  if (KEY_TEXT.test(`${codes} ${text}`)) return 'auth';
  if (isContextOverflow(words)) return 'context_length';
  if (isFiltered(words)) return 'content_filter';
  if (GONE_CODE.test(codes) || GONE_TEXT.test(text)) return 'model_gone';
  if (/degraded function/.test(text)) return 'overloaded';
  return /tool_use_failed|json_validate_failed/.test(codes) ? 'model_error' : 'bad_request';
}

function isFiltered({ codes, text }: Words): boolean {
  return FILTER_CODE.test(codes) || FILTER_TEXT.test(text);
}
