import { z } from 'zod';
import { MAX_MODELS, MAX_NAME_LENGTH } from '../../config/resolve-models.ts';
import type { ChatInput } from '../../domain/chat.ts';
import { MOST_ATTEMPTS } from '../../operations/chat-answer-check.ts';
import { model, passed, streamMember, turns, typed } from './fields.ts';

/** The fields of a chat completion. */
export const chat = z.looseObject({
  model,
  // Not checked here: where the provider tries further models by itself, the list is the provider's.
  models: passed(
    'array',
    'Further chains, aliases or provider/model, at most 20, whose entries are tried after those of `model`.',
    { items: { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH }, maxItems: MAX_MODELS },
  ),
  messages: turns(
    ['system', 'user', 'assistant', 'tool'],
    'The conversation so far, in the roles and parts of the OpenAI API.',
  ),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: passed('integer', 'Maximum number of tokens to generate, reasoning included.'),
  max_tokens: passed('integer', 'The older name of max_completion_tokens.'),
  temperature: passed('number', 'Sampling temperature.'),
  top_p: passed('number', 'Nucleus sampling.'),
  n: passed('integer', 'Number of choices to generate.'),
  stop: passed(['string', 'array'], 'The text, or list of texts, at which generation stops.'),
  seed: passed('integer', 'Seed for repeatable sampling, where the provider supports it.'),
  tools: passed('array', 'Functions that the model may call.'),
  tool_choice: passed(['string', 'object'], 'Whether the model may or must call a tool, and which.'),
  response_format: passed('object', 'Text, JSON, or JSON that follows a schema.'),
  validate: z
    .strictObject({
      attempts: z
        .int()
        .min(0)
        .max(MOST_ATTEMPTS)
        .optional()
        .meta({ description: 'How many further entries are tried after answers that do not match; 2 unless given.' }),
    })
    .nullish()
    .meta({
      description:
        'The gateway’s own: an answer that does not match the schema of response_format, which must be of the type json_schema, is not delivered.',
    }),
  reasoning_effort: passed('string', 'How much the model reasons, where it supports reasoning.'),
});

/** Input of a chat completion without a stream. A request for a stream is refused, because the procedure cannot answer it as requested. */
export const chatInput = typed<ChatInput<false>>(
  chat
    .extend({ stream: streamMember({ value: false, other: 'chat.completions.stream' }) })
    .meta({ id: 'ChatCompletionRequest', required: ['messages'] }),
);

/** Input of a streamed chat completion. */
export const chatStreamInput = typed<ChatInput<true>>(
  chat.extend({ stream: streamMember({ value: true, other: 'chat.completions.create' }) }),
);
