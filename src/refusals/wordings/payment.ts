/** No money: the account has no credit or has met its spend limit. */
export const NO_MONEY = new RegExp(
  [
    'credit balance is too low', // Anthropic
    'specified api usage limits', // Anthropic
    'insufficient (?:account )?(?:balance|credits?|funds)', // DeepSeek, OpenRouter
    'used all (?:of )?(?:its |your )?available credits', // xAI
    '(?:reached|exceeded) (?:its|your) (?:monthly )?spend(?:ing)? limit', // xAI
    'monthly spending limit', // xAI
    'out of credits',
    '(?:have|has) (?:any|enough|sufficient) credits',
    'key limit exceeded', // OpenRouter
    'requires more credits', // OpenRouter
    'account is suspended', // Fireworks
    'enable billing', // Google, in a country without a free tier
    'please recharge',
    'account is in good standing', // Alibaba Cloud
    String.raw`\b(?:overdue|outstanding|unpaid) (?:balance|payment|invoice|bill)|\badd (?:a )?payment method|\bno credits? (?:left|remaining)|\binsufficient quota\b`,
    String.raw`\b(?:account|balance) (?:is )?(?:in arrears|overdue)\b`,
    '余额不足|欠费', // Z.ai, SiliconFlow, Alibaba Cloud: the balance does not suffice, or is overdue
  ].join('|'),
);

/** OpenAI's text for no money. Google sends it for every exhausted quota, with a code of its own. */
export const QUOTA_EXCEEDED = /exceeded your current quota, please check your plan and billing/;

/**
 * Credits and budgets, in a 403. xAI words it in many ways, and no other provider speaks of credits when a key has no permission. A credit
 * card is another matter.
 */
export const CREDITS = new RegExp(
  [
    String.raw`\b(?:no|enough|any|out of|available|remaining|monthly|prepaid|free|more|purchase|buy|add|exceeded|used)\b(?: \w+){0,3} credits?\b(?! ?cards?\b)(?: (?:left|remaining|available))?`,
    String.raw`\bcredits? (?:balance|limit|left|remaining|(?:have|has|is|are) \w+)`,
    String.raw`\b(?:exceed|exhaust|spent|reach|over)\w*\b(?: \w+){0,4} budget\b`,
    String.raw`\bbudget\b(?: \w+){0,4} (?:exceed|exhaust|spent|reach)`,
  ].join('|'),
);

/** This request may cost more than the credit covers; a smaller one is served (OpenRouter). */
export const CANNOT_AFFORD = /(?:can only|cannot) afford [1-9][\d,]*/;
