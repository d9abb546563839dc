import { z } from 'zod';
import type { Fields } from './wrong-field.ts';

let fields: Fields | undefined;

/** OpenAI's schema of a completion's fields, as far as no provider accepts anything else. Made on first use: only a refusal needs it. */
export function completionsFields(): Fields {
  return (fields ??= makeFields());
}

function makeFields(): Fields {
  const number = z.number().nullish();
  const text = z.string().nullish();
  return {
    suffix: text,
    user: text,
    echo: z.boolean().nullish(),
    stop: z.union([z.string(), z.array(z.string())]).nullish(),
    logit_bias: z.record(z.string(), z.number()).nullish(),
    best_of: number,
    frequency_penalty: number,
    logprobs: number,
    max_tokens: number,
    n: number,
    presence_penalty: number,
    seed: number,
    temperature: number,
    top_p: number,
  };
}
