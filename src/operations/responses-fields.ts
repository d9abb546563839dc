import { z } from 'zod';
import type { Fields } from './wrong-field.ts';

let fields: Fields | undefined;

/** OpenAI's schema of a response's fields, as far as no provider accepts anything else. Made on first use: only a translation or a refusal needs it. */
export function responsesFields(): Fields {
  return (fields ??= makeFields());
}

function makeFields(): Fields {
  const text = z.string().nullish();
  const number = z.number().nullish();
  const whole = z.int().nullish();
  const flag = z.boolean().nullish();
  const item = z.looseObject({ type: z.string().optional(), role: z.string().optional() });
  return {
    input: z.union([z.string(), z.array(item)]).nullish(),
    instructions: z.union([z.string(), z.array(z.unknown())]).nullish(),
    tools: z.array(z.looseObject({ type: z.string() })).nullish(),
    tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
    text: z.looseObject({}).nullish(),
    reasoning: z.looseObject({}).nullish(),
    include: z.array(z.string()).nullish(),
    metadata: z.looseObject({}).nullish(),
    parallel_tool_calls: flag,
    store: flag,
    background: flag,
    max_output_tokens: whole,
    max_tool_calls: whole,
    temperature: number,
    top_p: number,
    top_logprobs: whole,
    previous_response_id: text,
    prompt_cache_key: text,
    prompt_cache_retention: text,
    safety_identifier: text,
    service_tier: text,
    truncation: text,
    user: text,
    conversation: z.unknown(),
    prompt: z.unknown(),
  };
}
