import { z } from 'zod';
import type { Fields } from './wrong-field.ts';

let fields: Fields | undefined;

/**
 * OpenAI's schema of a chat completion's fields (https://platform.openai.com/docs/api-reference/chat/create), as far as no provider accepts
 * anything else. In this API null means absent. Made on first use: only a translation or a refusal needs it.
 */
export function chatFields(): Fields {
  return (fields ??= makeFields());
}

function makeFields(): Fields {
  const number = z.number().nullish();
  const whole = z.int().nullish();
  const text = z.string().nullish();
  const flag = z.boolean().nullish();
  const part = z.looseObject({ type: z.string() });
  const call = z.looseObject({
    id: text,
    type: text,
    function: z.looseObject({ name: z.string(), arguments: z.string() }).nullish(),
  });
  const message = z.looseObject({
    role: z.string(),
    content: z.union([z.string(), z.array(part)]).nullish(),
    name: text,
    tool_call_id: text,
    tool_calls: z.array(call).nullish(),
  });
  const tool = z.looseObject({
    type: z.string(),
    function: z.looseObject({ name: z.string(), description: text, parameters: z.looseObject({}).nullish() }).nullish(),
  });
  return {
    messages: z.array(message).min(1),
    tools: z.array(tool).nullish(),
    tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
    response_format: z.looseObject({ type: z.string() }).nullish(),
    stop: z.union([z.string(), z.array(z.string())]).nullish(),
    logit_bias: z.record(z.string(), z.number()).nullish(),
    metadata: z.looseObject({}).nullish(),
    modalities: z.array(z.string()).nullish(),
    reasoning_effort: text,
    service_tier: text,
    user: text,
    logprobs: flag,
    parallel_tool_calls: flag,
    store: flag,
    frequency_penalty: number,
    max_completion_tokens: whole,
    max_tokens: whole,
    n: whole,
    presence_penalty: number,
    seed: number,
    temperature: number,
    top_logprobs: whole,
    top_p: number,
  };
}
