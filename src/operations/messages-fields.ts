import { z } from 'zod';
import type { Fields } from './wrong-field.ts';

let fields: Fields | undefined;

/** Anthropic's schema of a message's fields, as far as no provider accepts anything else. Made on first use: only a translation or a refusal needs it. */
export function messagesFields(): Fields {
  return (fields ??= makeFields());
}

function makeFields(): Fields {
  const block = z.looseObject({ type: z.string() });
  const content = z.union([z.string(), z.array(block)]);
  return {
    messages: z.array(z.looseObject({ role: z.string(), content: content.optional() })).min(1),
    system: content.nullish(),
    max_tokens: z.number().nullish(),
    tools: z.array(z.looseObject({ name: z.string().optional(), type: z.string().nullish() })).nullish(),
    tool_choice: z.looseObject({ type: z.string() }).nullish(),
    thinking: z.looseObject({ type: z.string() }).nullish(),
    output_config: z.looseObject({}).nullish(),
    stop_sequences: z.array(z.string()).nullish(),
    metadata: z.looseObject({}).nullish(),
    temperature: z.number().nullish(),
    top_p: z.number().nullish(),
    top_k: z.int().nullish(),
    service_tier: z.string().nullish(),
    container: z.unknown(),
    context_management: z.unknown(),
    mcp_servers: z.unknown(),
    inference_geo: z.unknown(),
    cache_control: z.unknown(),
    speed: z.unknown(),
  };
}
