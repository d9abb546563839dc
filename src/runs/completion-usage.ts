import type { CompletionUsage } from '../domain/chat.ts';
import type { Usage } from '../domain/usage.ts';

/** A usage in the form of OpenAI's API; null where nothing is known. A count that is not known is 0 there. */
export function completionUsage(usage: Usage | undefined): CompletionUsage | null {
  if (usage === undefined) return null;
  const { input = 0, output = 0, cachedInput, reasoning } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cachedInput === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedInput } }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
