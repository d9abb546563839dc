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
    String.raw`location is not supported`,
  ].join('|'),
);

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
