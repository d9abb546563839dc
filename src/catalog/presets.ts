import { type Preset, type PresetRow, toPreset } from './preset.ts';

/** Servers that know the older name of the limit only, and `system` only for the vendor's own words. */
const OLDER = { renames: { max_completion_tokens: 'max_tokens' }, developerRole: false } as const;
const LOCAL = { cost: 'local', keyVariables: [] } as const;
/** OpenAI's models that think take the newer name of the limit only, and no sampling: a 400 for each of these. */
const OPENAI_THINKS = {
  renames: { max_tokens: 'max_completion_tokens' },
  rejects: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs', 'logit_bias'],
} as const;
/** What answers have and these vendors refuse in a message: "property 'reasoning_details' is unsupported", "Extra inputs are not permitted". */
const ECHOES = [
  'refusal',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'annotations',
  'provider_specific_fields',
] as const;
/** Names under which vendors serve models that think. */
const THINKS =
  /(?:^|[/-])(?:o[134](?![\w.])|gpt-5(?!-chat)|gpt-oss|qwq|qwen3|glm-4\.[5-9]|deepseek-(?:v4|r1)|magistral)|-r1\b|thinking|(?<!non-|un)reason(?:er|ing)/i;

/**
 * Known vendors. Addresses, variables and refusals are from the vendors' own documents and SDKs and from reports of their users, as of
 * November 2026; models change faster than code, so a default model is a beginning and no promise. Free tiers first, as they are tried.
 */
const ROWS: Readonly<Record<string, PresetRow>> = {
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    cost: 'free-tier',
    defaultModel: 'llama-3.3-70b-versatile',
    reasoning: THINKS,
    reasoningField: 'reasoning',
    // "property '...' is unsupported": a 400 for each of these.
    quirks: { rejects: ['store', 'metadata', 'logprobs', 'top_logprobs', 'logit_bias'], messageRejects: ECHOES },
    // Its headers tell the day's requests and the minute's tokens. A day of tokens it tells only in words.
    limitRules: { requestsWindow: 'requestsPerDay', refills: true, reservesOutput: true },
  },
  cerebras: {
    baseUrl: 'https://api.cerebras.ai/v1',
    cost: 'free-tier',
    defaultModel: 'gpt-oss-120b',
    reasoning: THINKS,
    reasoningField: 'reasoning',
    quirks: { rejects: ['store', 'metadata'], messageRejects: ECHOES },
    // Its resets are those of the clock: the next full minute, and midnight.
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
      // Every call under index 0, empty ids, `stop` though tools are called.
      mendToolCalls: true,
    },
    // No headers: what it grants is learned from its refusals.
    limitRules: { day: 'America/Los_Angeles' },
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    cost: 'free-tier',
    defaultModel: 'mistral-small-latest',
    reasoning: /^magistral/,
    reasoningField: 'content',
    usage: 'always',
    // Its schema allows no other fields: "Extra inputs are not permitted", a 422 for each of these.
    quirks: {
      streamOptions: false,
      rejects: ['store', 'user', 'logit_bias', 'logprobs', 'top_logprobs', 'modalities', 'audio'],
      renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
      developerRole: false,
      messageRejects: ECHOES,
      // Pieces without an index, and an id "null" and an empty name in all but the first.
      mendToolCalls: true,
    },
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    cost: 'free-tier',
    defaultModel: 'openrouter/auto',
    reasoning: THINKS,
    reasoningField: 'reasoning',
    usage: 'always',
    // Under one name its headers tell the minute or the day, whichever was refused. Its free models are counted together.
    limitRules: { requestsWindow: undefined, tokensWindow: undefined, day: 'UTC', sharedBy: { suffix: ':free' } },
  },
  sambanova: {
    baseUrl: 'https://api.sambanova.ai/v1',
    cost: 'free-tier',
    defaultModel: 'Meta-Llama-3.3-70B-Instruct',
    reasoning: THINKS,
    reasoningField: 'reasoning',
    quirks: { developerRole: false },
  },
  nvidia: {
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    cost: 'free-tier',
    defaultModel: 'meta/llama-3.3-70b-instruct',
    reasoning: THINKS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    quirks: { ...OLDER, rejects: ['store', 'metadata', 'user', 'logprobs', 'top_logprobs', 'logit_bias'] },
    // It tells nothing.
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
    reasoning: THINKS,
    usage: 'own-event',
    // Of its servers TGI sends one call without its list.
    quirks: { mendToolCalls: true },
    // It passes on the headers of whoever serves the model, and those count as they like.
    limitRules: { requestsWindow: undefined, tokensWindow: undefined },
  },
  cloudflare: {
    baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1',
    keyVariables: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'],
    cost: 'free-tier',
    defaultModel: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
    reasoning: THINKS,
    quirks: {
      ...OLDER,
      rejects: ['store', 'metadata', 'user', 'logprobs', 'top_logprobs', 'logit_bias', 'parallel_tool_calls'],
    },
    // What a day grants is neurons, one count for all models; only the refusal tells that they are spent.
    limitRules: { day: 'UTC', sharedBy: 'all' },
  },
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    defaultModel: 'gpt-4.1-mini',
    reasoning: /^(?:o\d|gpt-5(?!-chat))/,
    usage: 'own-event',
    reasoningQuirks: OPENAI_THINKS,
    limitRules: { refills: true },
  },
  azure: {
    baseUrl: '{AZURE_OPENAI_ENDPOINT}/openai/v1',
    baseUrlVariable: 'AZURE_OPENAI_BASE_URL',
    keyHeader: 'api-key',
    keyVariables: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
    reasoning: /^(?:o\d|gpt-5(?!-chat))/,
    usage: 'own-event',
    reasoningQuirks: OPENAI_THINKS,
    limitRules: { refills: true, reservesOutput: true },
  },
  'anthropic-compat': {
    baseUrl: 'https://api.anthropic.com/v1',
    defaultModel: 'claude-haiku-4-5',
    usage: 'own-event',
    // Indexes count its blocks, so the first call may be 1.
    quirks: { mendToolCalls: true },
    limitRules: { refills: true },
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com',
    defaultModel: 'deepseek-chat',
    reasoning: /reasoner|v4/,
    reasoningField: 'reasoning_content',
    usage: 'always',
    quirks: { ...OLDER, rejects: ['logit_bias', 'parallel_tool_calls', 'store'] },
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
    reasoning: THINKS,
    reasoningField: 'reasoning',
    quirks: { ...OLDER, rejects: ['store', 'metadata', 'user', 'parallel_tool_calls'] },
    // Its limit is of a second, and moves with what it has to give.
    limitRules: { requestsWindow: undefined, tokensWindow: undefined },
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    defaultModel: 'accounts/fireworks/models/llama-v3p3-70b-instruct',
    reasoning: THINKS,
    reasoningField: 'reasoning_content',
    quirks: OLDER,
  },
  ollama: {
    ...LOCAL,
    baseUrl: 'http://localhost:11434/v1',
    reasoning: THINKS,
    reasoningField: 'reasoning',
    usage: 'own-event',
    // It ignores what it does not know, the newer name of the limit too: without the rename a limit would be none.
    quirks: { ...OLDER, mendToolCalls: true },
  },
  lmstudio: {
    ...LOCAL,
    baseUrl: 'http://localhost:1234/v1',
    reasoning: THINKS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    quirks: OLDER,
  },
  llamacpp: {
    ...LOCAL,
    baseUrl: 'http://localhost:8080/v1',
    reasoning: THINKS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
  },
  vllm: {
    ...LOCAL,
    baseUrl: 'http://localhost:8000/v1',
    reasoning: THINKS,
    reasoningField: 'reasoning',
    usage: 'own-event',
    // Some of its tool parsers put every call under index 0, or finish with `stop`.
    quirks: { mendToolCalls: true },
  },
  sglang: {
    ...LOCAL,
    baseUrl: 'http://localhost:30000/v1',
    reasoning: THINKS,
    reasoningField: 'reasoning_content',
    usage: 'own-event',
    // Some of its tool parsers put every call under index 0, or finish with `stop`.
    quirks: { mendToolCalls: true },
  },
};

/** Known vendors by name, in the order in which they are tried when nothing is configured. */
export const PRESETS: Readonly<Record<string, Preset>> = Object.freeze(
  Object.fromEntries(Object.entries(ROWS).map(([name, row]) => [name, toPreset(name, row)])),
);

/** Vendors that are no more, or are not what they were, and what to say to whoever still names them. */
export const RETIRED: Readonly<Record<string, string>> = Object.freeze({
  'github-models': 'GitHub Models was retired on 30 July 2026; take another vendor',
  perplexity: 'Perplexity ended its chat completions on 27 September 2026; its successor speaks another API',
});
