import { z } from 'zod';
import type { CountTokensInput, MessagesInput } from '../../domain/messages.ts';
import { model, passed, streamMember, turns, typed } from './fields.ts';

const counted = z.looseObject({
  model,
  messages: turns(
    ['user', 'assistant', 'system'],
    'The conversation so far, in the roles and blocks of Anthropic’s API.',
  ),
  system: passed(['string', 'array'], 'The instructions: a text, or a list of text blocks.'),
  tools: passed('array', 'Tools that the model may call.'),
  tool_choice: passed('object', 'Whether the model may or must call a tool, and which.'),
  thinking: passed('object', 'Whether the model thinks before it answers, and how much.'),
  output_config: passed('object', 'The effort of the answer, and the schema that it must follow.'),
});

const message = counted.extend({
  // Its operation checks it, also that it is there.
  max_tokens: z.unknown().optional().meta({
    type: 'integer',
    minimum: 0,
    description: 'Maximum number of tokens to generate, thinking included.',
  }),
  stop_sequences: passed('array', 'The texts at which generation stops.', { items: { type: 'string' } }),
  temperature: passed('number', 'Sampling temperature, where the model takes one.'),
  top_p: passed('number', 'Nucleus sampling, where the model takes it.'),
  top_k: passed('integer', 'Sampling from the k most likely tokens, where the model takes it.'),
  metadata: passed('object', 'Facts about the request for the provider.'),
});

/** Input of a message without a stream. */
export const messagesInput = typed<MessagesInput<false>>(
  message
    .extend({ stream: streamMember({ value: false, other: 'messages.stream' }) })
    .meta({ id: 'MessagesRequest', required: ['messages', 'max_tokens'] }),
);

/** Input of a streamed message. */
export const messagesStreamInput = typed<MessagesInput<true>>(
  message.extend({ stream: streamMember({ value: true, other: 'messages.create' }) }),
);

/** Input of a count of tokens. */
export const countTokensInput = typed<CountTokensInput>(
  counted.meta({ id: 'CountTokensRequest', required: ['messages'] }),
);
