import type { Usage } from '../../../../domain/usage.ts';

/** A usage in OpenAI's members. Unknown counts of input and output are 0. */
export function writeUsage({ input = 0, output = 0, cachedInput, cacheWrite, reasoning, ...more }: Usage): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cachedInput ?? 0,
      audio_tokens: more.audioInput ?? 0,
      // OpenAI's API counts no cache writes; readers of usage know this member from compatible providers.
      ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: { reasoning_tokens: reasoning ?? 0, audio_tokens: more.audioOutput ?? 0 },
  };
}
