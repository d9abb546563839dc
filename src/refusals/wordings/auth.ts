/** The key is wrong or has expired (OpenAI, xAI, Google), or the location of the gateway is not served (Google). */
export const INVALID_KEY =
  /(?:incorrect|invalid|expired) api key|api key (?:is )?(?:not valid|not found|invalid|expired)|location is not supported/;

/** The key has no access to this model; it may have access to others. */
export const NO_MODEL_ACCESS = new RegExp(
  [
    String.raw`\baccess to (?:the |this |that )?(?:\w+ )?models?\b`,
    String.raw`\bmodels?\b(?:[^.\n]|\.(?! )){0,160}?(?:is restricted|is gated|not (?:authorized|allowed|permitted|entitled|enabled)|not have access)`,
    String.raw`(?:authorized|allowed|permitted|entitled) to (?:use|access|invoke|call) (?:the |this |that )?model\b`,
  ].join('|'),
);

/** A wrong key under status 498 (Cohere). Other providers send 498 for missing capacity. */
export const INVALID_TOKEN = /invalid token/;
