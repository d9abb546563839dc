/** A content filter has refused the request. */
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
  ].join('|'),
);
