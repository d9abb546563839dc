/** What vendors say, each kind of it once: codes are matched with an error's codes, texts with what of its text is its own. */

export const MONEY_CODE =
  /insufficient_(?:quota|balance|credit|fund)|credit_balance_exhausted|(?:spend|usage)_limit_(?:exceeded|reached)|billing|payment_required|exceeded_current_quota|creditserror/;
export const MONEY_TEXT =
  /credit balance is too low|insufficient (?:account )?(?:balance|credits?|funds)|used all (?:of )?(?:its |your )?available credits|(?:reached|exceeded) (?:its|your) (?:monthly )?spend(?:ing)? limit|monthly spending limit|out of credits|(?:have|has) (?:any|enough|sufficient) credits|key limit exceeded|requires more credits|account is suspended|enable billing|please recharge|specified api usage limits/;
/** OpenAI's words for no money, which Google says of any spent quota, with a code of its own. */
export const QUOTA_TEXT = /exceeded your current quota, please check your plan and billing/;
/** xAI has many ways to say so, and nobody else speaks of credits when a key may not. A credit card is another thing. */
export const CREDITS_TEXT =
  /\b(?:no|enough|any|out of|available|remaining|monthly|prepaid|free|more|purchase|buy|add|exceeded|used)\b(?: \w+){0,3} credits?\b(?! ?cards?\b)(?: (?:left|remaining|available))?|\bcredits? (?:balance|limit|left|remaining|(?:have|has|is|are) \w+)|\b(?:exceed|exhaust|spent|reach|over)\w*\b(?: \w+){0,4} budget\b|\bbudget\b(?: \w+){0,4} (?:exceed|exhaust|spent|reach)/;
/** More than this request may cost; a smaller one is served. */
export const AFFORD_TEXT = /(?:can only|cannot) afford [1-9][\d,]*/;

export const KEY_CODE = /api_key_invalid|invalid_api_key|wrong_api_key/;
export const KEY_TEXT =
  /(?:incorrect|invalid|expired) api key|api key (?:is )?(?:not valid|not found|invalid|expired)|location is not supported/;
/** A key that may not have this model and may have others. */
export const ACCESS_TEXT =
  /\baccess to (?:the |this |that )?(?:\w+ )?models?\b|\bmodels?\b(?:[^.\n]|\.(?! )){0,160}?(?:is restricted|is gated|not (?:authorized|allowed|permitted|entitled|enabled)|not have access)|(?:authorized|allowed|permitted|entitled) to (?:use|access|invoke|call) (?:the |this |that )?model\b/;

export const GONE_CODE =
  /model_?not_?|model_(?:decommissioned|terms_required|permission|deprecated)|invalid_model|unknown_model|deploymentnotfound/;
export const GONE_TEXT =
  /model not exist|not a valid model|no such model|invalid model:|model [`'"]?[\w./:@-]{1,128}[`'"]? (?:does not exist|(?:is |was )?not found|is not supported by any|has been (?:decommissioned|deprecated|retired))/;
/** What a 404 says when it is about the model; its status says the rest. */
export const MISSING_TEXT =
  /\b(?:models?|deployment)\b(?:[^.\n]|\.(?! )){0,200}?(?:not exist|not (?:be )?found|no longer|(?:not |un)available|deprecated|retired|decommissioned|not supported|end of (?:its )?life|not deployed)|\b(?:no such|unknown|invalid|unsupported|find|found|load|pull)(?: the)? model\b|not a valid model|^model: |\bfunction\b.{0,200}not found for account|has no function|no endpoints found for [\w./:@-]+(?: |\.?$)/;
/** What a 404 says when it is about what was asked of the model, or how. */
export const ASKED_TEXT =
  /\bfiles?\b|\bendpoint\b|\broutes?\b|\burl\b|data policy|privacy|allowed providers|requested parameters|endpoints found (?:that|matching)/;

export const FILTER_CODE =
  /content_(?:policy|filter)|responsibleaipolicyviolation|data_inspection_failed|moderation_blocked/;
export const FILTER_TEXT =
  /content management policy|as a result of our safety system|content exists risk|input was flagged|content violates (?:our |the )?(?:usage|content|safety)|guardrails?\b|requires moderation|\bcredit card (?:numbers?|data)|personally identifiable information/;

export const OVERLOAD =
  /overloaded|high demand|high traffic|capacity (?:temporarily )?exceeded|capacity_exceeded|queue_exceeded|not_ready|degraded function/;
/** Codes that say what 429 says, under whatever status. */
export const RATE_CODE = /rate_?limit_?(?:exceeded|error)|resource_exhausted|throttlingexception|too_many_requests/;

/** Codes and beginnings of a complaint about one value of the request: whatever else it says, it says about that value. */
export const COMPLAINT_CODE =
  /\binvalid_(?:value|type|enum|schema|json|image|url|function|tool)|\bunsupported_(?!country)|\bunknown_(?!error|model)|\bunrecognized_|extra_forbidden|literal_error|union_tag|string_above_max_length/;
export const COMPLAINT_TEXT =
  /^\s*(?:invalid (?:value|type|parameter|argument|schema|json payload|enum)|(?:unsupported|unknown|unrecognized) (?:value|parameter|(?:request )?argument|field|key|name)|input (?:should|tag)|body[.:]|query[.:]|failed to (?:deserialize|parse|decode|download)|error while downloading)/;
