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
    String.raw`\b(?:inappropriate|harmful|disallowed|unsafe|nsfw|explicit|offensive|sensitive|hateful|illegal) (?:\w+ ){0,2}?(?:content|material|prompt|input|request|language)\b`, // Alibaba Cloud
    String.raw`\bcontent[ -]filter(?:s|ed|ing)?\b|\bhate speech\b|\bnsfw\b|\bdata_?inspection_?failed\b`,
    '敏感|违规|违反|内容安全|内容政策|审核', // sensitive; against the rules; safety, policy and review of content
    // "rejected because it may violate our usage guidelines" (xAI), "flagged as potentially violating our usage policy" (OpenAI)
    String.raw`\bviolat\w{1,5}\b(?:[^.\n]|\.(?! )){0,60}?\b(?:polic(?:y|ies)|guidelines?|terms|safety|usage|content)\b`,
    String.raw`\b(?:polic(?:y|ies)|guidelines?|terms of (?:use|service)) violations?\b`,
    String.raw`\b(?:usage|content|safety|moderation|acceptable use|community|prohibited use|responsible ai)(?: \w+)? (?:polic(?:y|ies)|guidelines?)\b`,
    String.raw`\b(?:input|prompt|request|content|message|image|text)s?(?: \w+){0,3} (?:flagged|moderated)\b`,
    String.raw`(?<!\bthread )\bsafety (?:system|filters?|checks?|reasons?|classifier|polic)`,
  ].join('|'),
);

/** The prompt, as an error names it. */
export const PROMPT = /\b(?:prompt|input|content|message|image|request)s?\b/;

const FILTER_WORD = String.raw`(?:(?<!\b(?:data|privacy|organi[sz]ation(?:al)?|organi[sz]ation's|access|network|iam|rate[ -]limit|limit|quota|retry|routing|cors|retention|billing|provider|cache|region|fallback) )\bpolic(?:y|ies)\b|(?<!\bthread[ -])\bsafety\b|\bmoderat(?:ion|ed)\b|\bguidelines?\b)`;
const VERDICT = String.raw`\b(?:block\w*|reject\w*|flag\w*|refus\w*|den(?:y|ied|ies)|prohibit\w*|detect\w*|trigger\w*|not (?:pass|allow|permit|compl)\w*|against|breach\w*|breaks?|conflict\w*|filter\w*|disallow\w*|fail\w*|stopped|withheld|comply|did not pass)\b`;

/**
 * A word of a content filter beside a verdict, where no value of the request is complained about. Policies of routing, access and rates are
 * none, and neither are violations of a schema.
 */
export const SPEAKS_OF_CONTENT = new RegExp(
  [
    `${VERDICT}[^\\n]{0,80}?${FILTER_WORD}`,
    `${FILTER_WORD}[^\\n]{0,60}?${VERDICT}`,
    String.raw`(?<!\b(?:schema|constraint|type|format|protocol|limit|foreign key) )\bviolat(?:es?|ed|ing|ions?)\b(?!(?: \w+){0,4} (?:schema|constraints?|type|format|grammar|json|limits?|protocol|spec\w*|rate|quota)\b)`,
  ].join('|'),
);
