import type { CompletionUsage } from '../domain/chat.ts';
import { costOfTrail, type TrailStep, usageOf } from '../domain/trail.ts';
import { dollarsOf } from '../domain/usage.ts';

/** What the attempts of a trail have used and cost, in the form of OpenAI's API; null where nothing is known. A count that is not known is 0 there. */
export function completionUsage(trail: readonly TrailStep[]): CompletionUsage | null {
  const usage = usageOf(trail);
  if (usage === undefined) return null;
  const { nano } = costOfTrail(trail);
  const { input = 0, output = 0, cachedInput, reasoning } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cachedInput === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedInput } }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
    cost: nano === null ? null : dollarsOf(nano),
  };
}
