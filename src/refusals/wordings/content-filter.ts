/** A content filter has refused the request, whatever else the text says. */
export const CONTENT_FILTERED = new RegExp(
  [
    'content management policy', // Azure
    'as a result of our safety system', // OpenAI
    'content exists risk', // DeepSeek
    'content violates (?:our |the )?(?:usage|content|safety)', // xAI
    'input was flagged', // OpenRouter
    'requires moderation', // OpenRouter
    String.raw`guardrails?\b`,
    String.raw`\bcredit card (?:numbers?|data)`,
    'personally identifiable information',
    'prohibited[_ ]content', // Google
    'inappropriate content', // Alibaba Cloud
    '敏感|违规|违反', // sensitive; against the rules
    // "rejected because it may violate our usage guidelines" (xAI), "flagged as potentially violating our usage policy" (OpenAI)
    String.raw`\bviolat\w{1,5}\b(?:[^.\n]|\.(?! )){0,60}?\b(?:polic(?:y|ies)|guidelines?|terms|safety|usage|content)\b`,
    String.raw`\b(?:polic(?:y|ies)|guidelines?|terms of (?:use|service)) violations?\b`,
    String.raw`\b(?:usage|content|safety|moderation|acceptable use|community|prohibited use|responsible ai)(?: \w+)? (?:polic(?:y|ies)|guidelines?)\b`,
    String.raw`\b(?:input|prompt|request|content|message|image|text)s?(?: \w+){0,3} (?:flagged|moderated)\b`,
    String.raw`(?<!\bthread )\bsafety (?:system|filters?|checks?|reasons?|classifier|polic)`,
  ].join('|'),
);

/**
 * Single words of a content filter, where no value of the request is complained about. Policies of routing, access and rates are none, and
 * neither are violations of a schema.
 */
export const SPEAKS_OF_CONTENT = new RegExp(
  [
    String.raw`(?<!\b(?:data|privacy|organi[sz]ation(?:al)?|organi[sz]ation's|access|network|iam|rate[ -]limit|limit|quota|retry|routing|cors|retention|billing|provider|cache|region|fallback) )\bpolic(?:y|ies)\b`,
    String.raw`(?<!\bthread[ -])\bsafety\b`,
    String.raw`\bmoderat(?:ion|ed)\b`,
    String.raw`(?<!\b(?:schema|constraint|type|format|protocol|limit|foreign key) )\bviolat(?:es?|ed|ing|ions?)\b(?!(?: \w+){0,4} (?:schema|constraints?|type|format|grammar|json|limits?|protocol|spec\w*|rate|quota)\b)`,
    String.raw`\bguidelines?\b`,
  ].join('|'),
);
