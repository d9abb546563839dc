import { z } from 'zod';
import { MAX_NAME_LENGTH } from '../../config/resolve-models.ts';
import type { CompactInput, ResponsesInput } from '../../domain/responses.ts';
import { model, passed, streamMember, typed } from './fields.ts';

const compacted = z.looseObject({
  model,
  // Its operation checks it: it may be large, and is not parsed.
  input: z
    .unknown()
    .optional()
    .meta({
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: {} } }],
      description:
        'A text, or the items of the conversation so far. A request that continues a stored response needs none.',
    }),
  instructions: passed(['string', 'array'], 'Instructions to the model, before the conversation.'),
  previous_response_id: passed(
    'string',
    'The response that this one continues, where the gateway or its provider has stored it.',
  ),
});

const response = compacted.extend({
  max_output_tokens: passed('integer', 'Maximum number of tokens to generate, reasoning included.'),
  tools: passed('array', 'Tools that the model may call.'),
  tool_choice: passed(['string', 'object'], 'Whether the model may or must call a tool, and which.'),
  parallel_tool_calls: passed('boolean', 'Whether the model may call several tools at once.'),
  reasoning: passed('object', 'How much the model reasons, and whether it summarises that.'),
  text: passed('object', 'Text, JSON, or JSON that follows a schema; and how long the answer is.'),
  include: passed('array', 'What else the answer contains.', { items: { type: 'string' } }),
  store: passed(
    'boolean',
    'Whether the response is kept: by the gateway where it is configured to, and by a provider of the same API.',
  ),
  background: z.boolean().nullish().meta({
    description: 'Answers at once; the response is generated without a connection, and is retrieved by its id.',
  }),
  temperature: passed('number', 'Sampling temperature.'),
  top_p: passed('number', 'Nucleus sampling.'),
  metadata: passed('object', 'Labels of the response, which it returns.'),
});

/** Input of a response without a stream. */
export const responsesInput = typed<ResponsesInput<false>>(
  response
    .extend({ stream: streamMember({ value: false, other: 'responses.stream' }) })
    .meta({ id: 'ResponsesRequest', required: ['input'] }),
);

/** Input of a streamed response. */
export const responsesStreamInput = typed<ResponsesInput<true>>(
  response.extend({ stream: streamMember({ value: true, other: 'responses.create' }) }),
);

/** Input of a compaction. */
export const compactInput = typed<CompactInput>(compacted.meta({ id: 'CompactRequest' }));

/** Input that names a response. */
export const responseId = z.object({
  response_id: z.string().min(1).max(MAX_NAME_LENGTH).meta({ description: 'The id of the response.' }),
});

/** Input of the list of a response's items, with the bounds of OpenAI's API. */
export const responseItemsInput = responseId.extend({
  order: z
    .enum(['asc', 'desc'])
    .optional()
    .meta({ description: 'The order of the items; `desc`, the last one first, unless given.' }),
  limit: z.int().min(1).max(100).optional().meta({ description: 'The largest number of items; 20 unless given.' }),
  after: z
    .string()
    .max(MAX_NAME_LENGTH)
    .optional()
    .meta({ description: 'The id behind which the list begins, in its order.' }),
});

/** Input of a response that is retrieved. */
export const responseRetrieval = responseId.extend({
  stream: streamMember({ value: false, other: 'responses.events' }).meta({
    description: 'True streams the events of a response in the background.',
  }),
});

/** Input for the events of a response in the background. */
export const responseReading = responseId.extend({
  stream: streamMember({ value: true, other: 'responses.retrieve' }),
  starting_after: z.int().min(0).optional().meta({
    description: 'The sequence number of the last event that the reader has.',
  }),
  lastEventId: z.string().optional().meta({
    description:
      'The id of that event. It wins, and so does the header `last-event-id`, which an EventSource sends by itself.',
  }),
});
