import { ANSWER_MEMBERS, FOREIGN_CALL_MEMBERS } from './history-members.ts';
import { ANTHROPIC, MESSAGES_VENDORS } from './messages-presets.ts';
import { type Preset, type PresetRow, toPreset } from './preset.ts';

/** Quirks of servers that implement an older API: only `max_tokens`, and the role `system` but not `developer`. */
const OLDER_API = { renames: { max_completion_tokens: 'max_tokens' }, developerRole: false } as const;
const LOCAL = { cost: 'local', keyVariables: [], coldStart: true } as const;
/** OpenAI's reasoning models accept only `max_completion_tokens` and no sampling parameters: a 400 for each of these. */
const OPENAI_REASONING = {
  renames: { max_tokens: 'max_completion_tokens' },
  rejects: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs', 'logit_bias'],
} as const;
/** Names of reasoning models, as most providers spell them. */
const REASONING_MODELS =
  /(?:^|[/-])(?:o[134](?![\w.])|gpt-5(?!-chat)|gpt-oss|qwq|qwen3|glm-4\.[5-9]|deepseek-(?:v4|r1)|magistral)|-r1\b|thinking|(?<!non-|un)reason(?:er|ing)/i;

/**
 * Known providers, free tiers first, in the order in which they are tried. Addresses, variables and refusals come from the providers' own
 * documentation and SDKs and from reports of their users, as of November 2026. Models change faster than code: a default model is a starting
 * point that may be retired.
 */
const ROWS: Readonly<Record<string, PresetRow>> = {
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    cost: 'free-tier',
    defaultModel: 'llama-3.3-70b-versatile',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    // "property '...' is unsupported": a 400 for each of these.
    quirks: {
      rejects: ['store', 'metadata', 'logprobs', 'top_logprobs', 'logit_bias'],
      messageRejects: ANSWER_MEMBERS,
      callRejects: FOREIGN_CALL_MEMBERS,
    },
    // Headers report requests per day and tokens per minute. Tokens per day are reported only in the text of a refusal.
    limitRules: { requestsWindow: 'requestsPerDay', refills: true, reservesOutput: true },
  },
  cerebras: {
    baseUrl: 'https://api.cerebras.ai/v1',
    cost: 'free-tier',
    defaultModel: 'gpt-oss-120b',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    quirks: {
      rejects: ['store', 'metadata'],
      messageRejects: ANSWER_MEMBERS,
      callRejects: FOREIGN_CALL_MEMBERS,
    },
    // Windows reset at the full minute and at midnight.
    limitRules: { minute: 'fixed', day: 'UTC', reservesOutput: true },
  },
  'gemini-compat': {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    cost: 'free-tier',
    defaultModel: 'gemini-2.5-flash',
    reasoning: /gemini-(?:2\.5|3)/,
    usage: 'own-event',
    // 'Invalid JSON payload received. Unknown name "..."': a 400 for each of these.
    quirks: {
      rejects: ['store', 'metadata', 'logit_bias', 'logprobs', 'top_logprobs', 'service_tier'],
      developerRole: false,
      // All tool calls have index 0 and empty ids, and the finish reason is `stop`.
      mendToolCalls: true,
    },
    // No rate limit headers: limits are learned from refusals.
    limitRules: { day: 'America/Los_Angeles' },
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    cost: 'free-tier',
    defaultModel: 'mistral-small-latest',
    reasoning: /^magistral/,
    reasoningField: 'content',
    usage: 'always',
    // Its schema forbids unknown fields: "Extra inputs are not permitted", a 422 for each of these.
    quirks: {
      streamOptions: false,
      rejects: ['store', 'user', 'logit_bias', 'logprobs', 'top_logprobs', 'modalities', 'audio'],
      renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
      developerRole: false,
      messageRejects: ANSWER_MEMBERS,
      callRejects: FOREIGN_CALL_MEMBERS,
      // "Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9."
      callIds: 'nine-alphanumerics',
      // Tool call deltas have no index; all but the first have the id "null" and an empty name.
      mendToolCalls: true,
    },
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    cost: 'free-tier',
    defaultModel: 'openrouter/auto',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    usage: 'always',
    // https://openrouter.ai/docs/guides/routing/model-fallbacks
    quirks: { ownFallbacks: true },
    // One header name reports the minute or the day, whichever limit was exceeded. Free models share one limit.
    limitRules: { requestsWindow: undefined, tokensWindow: undefined, day: 'UTC', sharedBy: { suffix: ':free' } },
  },
  sambanova: {
    baseUrl: 'https://api.sambanova.ai/v1',
    cost: 'free-tier',
    defaultModel: 'Meta-Llama-3.3-70B-Instruct',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    quirks: { developerRole: false },
  },
  nvidia: {
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    cost: 'free-tier',
    defaultModel: 'meta/llama-3.3-70b-instruct',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    quirks: { ...OLDER_API, rejects: ['store', 'metadata', 'user', 'logprobs', 'top_logprobs', 'logit_bias'] },
    // It reports no limits.
    limitRules: { sharedBy: 'all' },
  },
  'cohere-compat': {
    baseUrl: 'https://api.cohere.ai/compatibility/v1',
    keyVariables: ['COHERE_API_KEY', 'CO_API_KEY'],
    cost: 'free-tier',
    defaultModel: 'command-a-03-2025',
    reasoning: /reasoning/,
    usage: 'own-event',
    quirks: {
      renames: { max_completion_tokens: 'max_tokens' },
      rejects: [
        'store',
        'metadata',
        'logit_bias',
        'top_logprobs',
        'modalities',
        'audio',
        'prediction',
        'service_tier',
        'parallel_tool_calls',
      ],
    },
  },
  huggingface: {
    baseUrl: 'https://router.huggingface.co/v1',
    keyVariables: ['HF_TOKEN', 'HUGGINGFACE_API_KEY'],
    cost: 'free-tier',
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct',
    reasoning: REASONING_MODELS,
    usage: 'own-event',
    // One of its backends, TGI, sends a single tool call instead of a list.
    quirks: { mendToolCalls: true },
    // It forwards the headers of the backend that serves the model, and backends count in different ways.
    limitRules: { requestsWindow: undefined, tokensWindow: undefined },
  },
  cloudflare: {
    baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1',
    keyVariables: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'],
    cost: 'free-tier',
    defaultModel: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
    reasoning: REASONING_MODELS,
    quirks: {
      ...OLDER_API,
      rejects: ['store', 'metadata', 'user', 'logprobs', 'top_logprobs', 'logit_bias', 'parallel_tool_calls'],
    },
    // The daily quota is in neurons, shared by all models. Only a refusal reports that it is used up.
    limitRules: { day: 'UTC', sharedBy: 'all' },
  },
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    defaultModel: 'gpt-4.1-mini',
    reasoning: /^(?:o\d|gpt-5(?!-chat))/,
    usage: 'own-event',
    reasoningQuirks: OPENAI_REASONING,
    limitRules: { refills: true },
  },
  // The same server and key as `openai`, for models that only the Responses API has.
  'openai-responses': {
    dialect: 'openai-responses',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlVariable: 'OPENAI_BASE_URL',
    keyVariables: ['OPENAI_API_KEY'],
    reasoning: /^(?:o\d|gpt-5(?!-chat))|codex|deep-research|-pro\b/,
    limitRules: { refills: true },
  },
  azure: {
    baseUrl: '{AZURE_OPENAI_ENDPOINT}/openai/v1',
    baseUrlVariable: 'AZURE_OPENAI_BASE_URL',
    keyHeader: 'api-key',
    keyVariables: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
    reasoning: /^(?:o\d|gpt-5(?!-chat))/,
    usage: 'own-event',
    reasoningQuirks: OPENAI_REASONING,
    limitRules: { refills: true, reservesOutput: true },
  },
  anthropic: ANTHROPIC,
  'anthropic-compat': {
    baseUrl: 'https://api.anthropic.com/v1',
    usage: 'own-event',
    // Indexes count content blocks, so the first tool call may have index 1.
    quirks: { mendToolCalls: true },
    limitRules: { refills: true },
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com',
    defaultModel: 'deepseek-chat',
    reasoning: /reasoner|v4/,
    reasoningField: 'reasoning_content',
    usage: 'always',
    quirks: { ...OLDER_API, rejects: ['logit_bias', 'parallel_tool_calls', 'store'] },
    // "The `reasoning_content` in the thinking mode must be passed back to the API": with or without tool calls (openclaw/openclaw#73417).
    reasoningQuirks: { fillsReasoning: true },
  },
  xai: {
    baseUrl: 'https://api.x.ai/v1',
    defaultModel: 'grok-4-fast-non-reasoning',
    reasoning: /^grok-(?:3-mini|4(?!.*non-reasoning))/,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    quirks: { rejects: ['logit_bias'] },
    reasoningQuirks: { rejects: ['presence_penalty', 'frequency_penalty', 'stop'] },
  },
  together: {
    baseUrl: 'https://api.together.xyz/v1',
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    quirks: { ...OLDER_API, rejects: ['store', 'metadata', 'user', 'parallel_tool_calls'] },
    // The limit is per second and changes with the capacity of the provider.
    limitRules: { requestsWindow: undefined, tokensWindow: undefined },
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    defaultModel: 'accounts/fireworks/models/llama-v3p3-70b-instruct',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning_content',
    quirks: { ...OLDER_API, callRejects: FOREIGN_CALL_MEMBERS },
  },
  ...MESSAGES_VENDORS,
  ollama: {
    ...LOCAL,
    baseUrl: 'http://localhost:11434/v1',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    usage: 'own-event',
    // It ignores unknown fields, `max_completion_tokens` included: without the rename there would be no limit.
    quirks: { ...OLDER_API, mendToolCalls: true },
  },
  lmstudio: {
    ...LOCAL,
    baseUrl: 'http://localhost:1234/v1',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    quirks: OLDER_API,
  },
  llamacpp: {
    ...LOCAL,
    baseUrl: 'http://localhost:8080/v1',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
  },
  vllm: {
    ...LOCAL,
    baseUrl: 'http://localhost:8000/v1',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning',
    usage: 'own-event',
    // Some of its tool parsers give every call index 0, or finish with `stop`.
    quirks: { mendToolCalls: true },
  },
  sglang: {
    ...LOCAL,
    baseUrl: 'http://localhost:30000/v1',
    reasoning: REASONING_MODELS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    // Some of its tool parsers give every call index 0, or finish with `stop`.
    quirks: { mendToolCalls: true },
  },
};

/** Known providers by name, in the order in which they are tried without a configuration. */
export const PRESETS: Readonly<Record<string, Preset>> = Object.freeze(
  Object.fromEntries(Object.entries(ROWS).map(([name, row]) => [name, toPreset(name, row)])),
);

/** Former presets, with the message for a configuration that still names them. */
export const RETIRED: Readonly<Record<string, string>> = Object.freeze({
  'github-models': 'GitHub Models was retired on 30 July 2026; use another provider',
  perplexity: 'Perplexity ended its chat completions on 27 September 2026; its successor has a different API',
});
