import type { PresetRow } from './preset.ts';

/** What providers of Anthropic's Messages API have in common. Counts come with every stream, and errors as events. */
const MESSAGES = { dialect: 'anthropic', usage: 'always' } as const;
/** Vendors whose API is like Anthropic's: they have none of its betas, and no model of their own limits. */
const COMPATIBLE = { ...MESSAGES, quirks: { betas: [] } } as const;

/** Anthropic itself. */
export const ANTHROPIC: PresetRow = {
  ...MESSAGES,
  baseUrl: 'https://api.anthropic.com',
  keyHeader: 'x-api-key',
  defaultModel: 'claude-haiku-4-5',
  // The newest models think even where a request says nothing of it, and may show nothing of it.
  reasoning: /claude-[a-z]+-(?:4-[6-9]|[5-9])(?![\d.])/,
  limitRules: { refills: true },
};

/** The Messages API of other vendors, by the names of their presets. */
export const MESSAGES_VENDORS: Readonly<Record<string, PresetRow>> = {
  // https://api-docs.deepseek.com/guides/anthropic_api: it takes `x-api-key`. The preset of its other API has the default model.
  'deepseek-anthropic': {
    ...COMPATIBLE,
    baseUrl: 'https://api.deepseek.com/anthropic',
    baseUrlVariable: 'DEEPSEEK_ANTHROPIC_BASE_URL',
    keyVariables: ['DEEPSEEK_API_KEY'],
    keyHeader: 'x-api-key',
    reasoning: /reasoner|v4/,
  },
  'moonshot-anthropic': {
    ...COMPATIBLE,
    baseUrl: 'https://api.moonshot.ai/anthropic',
    baseUrlVariable: 'MOONSHOT_ANTHROPIC_BASE_URL',
    keyVariables: ['MOONSHOT_API_KEY'],
    defaultModel: 'kimi-k2.5',
    reasoning: /thinking|k2\.[5-9]|k[3-9]/,
  },
  'zai-anthropic': {
    ...COMPATIBLE,
    baseUrl: 'https://api.z.ai/api/anthropic',
    baseUrlVariable: 'ZAI_ANTHROPIC_BASE_URL',
    keyVariables: ['ZAI_API_KEY'],
    defaultModel: 'glm-4.7',
    reasoning: /glm-(?:4\.[5-9]|[5-9])/,
  },
  // It refuses `x-api-key` (NousResearch/hermes-agent#4002).
  'minimax-anthropic': {
    ...COMPATIBLE,
    baseUrl: 'https://api.minimax.io/anthropic',
    baseUrlVariable: 'MINIMAX_ANTHROPIC_BASE_URL',
    keyVariables: ['MINIMAX_API_KEY'],
    defaultModel: 'MiniMax-M2.7',
    reasoning: /minimax-m\d/i,
  },
};
