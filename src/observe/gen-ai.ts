import type { Target } from '../domain/chain.ts';
import type { OperationName } from '../domain/operation-names.ts';

/**
 * The version of OpenTelemetry's conventions for generative AI whose names this file has, and no other file:
 * https://github.com/open-telemetry/semantic-conventions-genai/tree/v0.1.0. All of them are in development, so that a later version may
 * rename them.
 */
export const GEN_AI_VERSION = '0.1.0';

/** Names of attributes. */
export const GEN_AI = Object.freeze({
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  /** In seconds. */
  responseFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
});

/** Name of the event that describes one request. */
export const GEN_AI_EVENT = 'gen_ai.client.inference.operation.details';

/** Values of `gen_ai.operation.name`. The conventions have none for the last two, so they have the gateway's own names. */
const OPERATIONS = Object.freeze({
  'chat.completions': 'chat',
  responses: 'chat',
  messages: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
  'responses.compact': 'responses.compact',
  'messages.count_tokens': 'messages.count_tokens',
} satisfies Readonly<Record<OperationName, string>>);

/** The value of `gen_ai.operation.name`. */
export function genAiOperation(name: string): string {
  const operations: Readonly<Partial<Record<string, string>>> = OPERATIONS;
  return operations[name] ?? name;
}

/** Values of `gen_ai.provider.name` for the presets that the conventions know by another name than the catalog. */
export const GEN_AI_PROVIDERS: Readonly<Partial<Record<string, string>>> = Object.freeze({
  'anthropic-compat': 'anthropic',
  azure: 'azure.ai.openai',
  'cohere-compat': 'cohere',
  'deepseek-anthropic': 'deepseek',
  'gemini-compat': 'gcp.gemini',
  mistral: 'mistral_ai',
  'moonshot-anthropic': 'moonshot_ai',
  'openai-responses': 'openai',
  xai: 'x_ai',
});

/** The value of `gen_ai.provider.name`: that of the preset, else the preset's own name, and without a preset the provider's. */
export function genAiProvider({ provider, preset }: Pick<Target, 'provider' | 'preset'>): string {
  return preset === undefined ? provider : (GEN_AI_PROVIDERS[preset] ?? preset);
}
