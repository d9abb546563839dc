/** The key is wrong or has expired (OpenAI, xAI, Google), or the location of the gateway is not served (Google). */
export const INVALID_KEY =
  /(?:incorrect|invalid|expired) api key|api key (?:is )?(?:not valid|not found|invalid|expired)|location is not supported/;

/** What identifies the account: the key, or the account, organization or project that it belongs to. A token of a prompt is none of it. */
const CREDENTIAL = String.raw`(?:(?:api|access|secret|subscription)[ _-]?keys?|\bkeys?|(?:access|api|auth\w*|bearer|security|session|id) token|credentials?|\bconsumer|\b(?:user )?accounts?|organi[sz]ation|\bproject|\bworkspace|\btenant)`;
const OUT_OF_USE = String.raw`(?:suspended|deactivated|disabled|revoked|expired|invalid|blocked|banned|terminated|archived|closed|leaked|compromised|malformed|incorrect|wrong|not (?:valid|active|found|recognized)|does not exist)`;

/** A 403 about the account: its key is refused, or the account is out of use. */
export const ACCOUNT_REFUSED = new RegExp(
  [
    String.raw`${CREDENTIAL}\b(?:[^.\n]|\.(?! )){0,100}?\b${OUT_OF_USE}\b`,
    String.raw`\b(?:incorrect|invalid|wrong|bad|expired|revoked|unknown|missing|disabled|malformed|no)(?: \w+){0,2} ${CREDENTIAL}\b`,
    String.raw`\b(?:not|un)[ -]?authenticated\b|\bauthentication (?:failed|required|error)|\bauthenticate\b`,
    String.raw`\btoken (?:is |has )?(?:expired|invalid|been revoked)`,
    String.raw`location is not supported|\b(?:api[ _-]?key|credentials?) (?:is |are )?(?:required|missing)`,
    String.raw`\brequest signature\b|\binsufficient (?:authentication )?scopes?\b|\bip(?: address)? (?:\S{1,45} )?(?:is )?not (?:allowed|whitelisted|authorized)`,
    String.raw`\bcountry\b[^.\n]{0,40}not supported`,
    '(?:密钥|令牌|账号|账户|帐号).{0,20}(?:无效|错误|过期|不存在|禁用|封禁|停用)', // key, token or account: invalid, expired, unknown, disabled
  ].join('|'),
);

/** A text about what a prompt holds, which may be a credential too. */
export const ABOUT_PROMPT =
  /\b(?:in|of) (?:the|your) (?:prompt|document|message|input|request|content|text|conversation)\b|\b(?:prompt|document|message|input|request|content|text)s? (?:contains?|includes?|has|have)\b/;

/** The key has no access to this model; it may have access to others. */
export const NO_MODEL_ACCESS = new RegExp(
  [
    String.raw`\baccess to (?:the |this |that )?(?:\w+ )?models?\b`,
    String.raw`\bmodels?\b(?:[^.\n]|\.(?! )){0,160}?(?:is restricted|is gated|not (?:authorized|allowed|permitted|entitled|enabled)|not have access)`,
    String.raw`(?:authorized|allowed|permitted|entitled) to (?:use|access|invoke|call) (?:the |this |that )?model\b`,
  ].join('|'),
);

/** A 403 that speaks of the model and not of the key: "this model requires a subscription" (Ollama). */
export const NAMES_MODEL = /(?:\w{1,20} ){0,3}\b(?:models?|deployment)\b[^.\n]{0,80}/;

/** A wrong key under status 498 (Cohere). Other providers send 498 for missing capacity. */
export const INVALID_TOKEN = /invalid token/;
