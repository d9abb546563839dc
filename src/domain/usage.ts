/** Tokens as a vendor counted them; an absent count is unknown, which is not zero. */
export interface Usage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** Where the numbers of a usage come from. */
export type UsageSource = 'provider' | 'none';

/** Reads OpenAI's `usage` object; undefined when the value is not one. An explicit zero stays zero. */
export function readUsage(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const inputTokens = 'prompt_tokens' in value ? count(value.prompt_tokens) : undefined;
  const outputTokens = 'completion_tokens' in value ? count(value.completion_tokens) : undefined;
  return inputTokens === undefined && outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
