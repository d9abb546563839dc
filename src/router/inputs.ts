import { z } from 'zod';
import type { ChatInput } from '../domain/chat.ts';
import type { EmbeddingsInput } from '../domain/embeddings.ts';
import { OPERATION_NAMES } from '../operations/operations.ts';
import type { ExplainedInput, ExplainInput } from './explain-input.ts';

type Kind = 'string' | 'number' | 'integer' | 'array' | 'object';

/** Documented and passed on, but not checked: the vendor judges it. Null is what OpenAI's API calls absent. */
function passed(kinds: Kind | readonly Kind[], description: string) {
  const type = [...[kinds].flat(), 'null'];
  const items = type.includes('array') ? { items: {} } : {};
  const members = type.includes('object') ? { additionalProperties: {} } : {};
  return z
    .unknown()
    .optional()
    .meta({ type, ...items, ...members, description });
}

/** Characters of a name at most: names stand in headers, in lines of the log and in what is known of limits. */
const LONGEST_NAME = 256;

const model = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .optional()
  .meta({ description: 'A chain, an alias or provider/model; the default chain unless given.' });

const chat = z.looseObject({
  model,
  messages: z
    .array(z.looseObject({ role: z.string().meta({ examples: ['system', 'user', 'assistant', 'tool'] }) }))
    .min(1)
    .meta({ description: 'The conversation so far, in the roles and parts of the OpenAI API.' }),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: passed('integer', 'Most tokens to generate, reasoning included.'),
  max_tokens: passed('integer', 'The older name of the same.'),
  temperature: passed('number', 'Sampling temperature.'),
  top_p: passed('number', 'Nucleus sampling.'),
  n: passed('integer', 'How many choices.'),
  stop: passed(['string', 'array'], 'Where to stop.'),
  seed: passed('integer', 'For repeatable sampling, where a vendor has it.'),
  tools: passed('array', 'Functions that the model may call.'),
  tool_choice: passed(['string', 'object'], 'Whether it must.'),
  response_format: passed('object', 'Text, JSON, or JSON of a schema.'),
  reasoning_effort: passed('string', 'How long to think, where a model does.'),
});

/** Input of a whole chat completion. A request for a stream is refused rather than answered otherwise than asked. */
export const chatInput = typed<ChatInput<false>>(
  chat.extend({ stream: streamMember(false, 'chat.completions.stream') }).meta({ id: 'ChatCompletionRequest' }),
);

/** Input of a streamed chat completion. */
export const chatStreamInput = typed<ChatInput<true>>(
  chat.extend({ stream: streamMember(true, 'chat.completions.create') }),
);

/** Input of embeddings. */
export const embeddingsInput = typed<EmbeddingsInput>(
  z
    .looseObject({
      model,
      input: z.union([z.string(), z.array(z.unknown())]).meta({ description: 'A text, texts, or tokens.' }),
      encoding_format: passed('string', 'float or base64.'),
      dimensions: passed('integer', 'How many, where a model can choose.'),
    })
    .meta({ id: 'EmbeddingsRequest' }),
);

/** Input of a plan's explanation: the body of a chat completion, or of what `operation` says. */
export const explainInput = typed<ExplainedInput, ExplainInput>(
  z
    .looseObject({
      model,
      operation: z
        .enum(OPERATION_NAMES)
        .default('chat.completions')
        .meta({ description: 'What the rest of the body is a request for.' }),
      stream: z.boolean().nullish(),
      messages: passed('array', 'The conversation, whose size counts.'),
    })
    .meta({ id: 'ChainExplainRequest' }),
);

function streamMember(value: boolean, sister: string) {
  return z
    .literal(value, {
      error: ({ input }) => (input === !value ? `must not be ${!value}; call ${sister} for that` : 'must be a boolean'),
    })
    .nullish();
}

/** Gives a schema, which checks what we act on, the type that OpenAI's API documents; what lies between the two is the vendor's to judge. */
function typed<Output, Input = Output>(schema: z.ZodType): z.ZodType<Output, Input> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the very point of this function
  return schema as z.ZodType<Output, Input>;
}
