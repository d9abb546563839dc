import { z } from 'zod';
import { type Described, otherType } from './described.ts';

const part = z.union([
  z.looseObject({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.looseObject({ type: z.string() })),
  }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({ type: otherType }),
]);

const call = { id: z.string().optional(), call_id: z.string(), name: z.string(), namespace: z.string().optional() };

const item = z.union([
  z.looseObject({
    type: z.literal('message'),
    id: z.string(),
    role: z.literal('assistant'),
    status: z.string(),
    content: z.array(part),
  }),
  z.looseObject({
    type: z.literal('reasoning'),
    id: z.string(),
    summary: z.array(z.looseObject({ type: z.literal('summary_text'), text: z.string() })),
    encrypted_content: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal('function_call'), ...call, arguments: z.string() }),
  z.looseObject({ type: z.literal('custom_tool_call'), ...call, input: z.string() }),
  z.looseObject({ type: otherType }),
]);

const usage = z.looseObject({
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_tokens: z.int(),
  input_tokens_details: z.looseObject({ cached_tokens: z.int() }).optional(),
  output_tokens_details: z.looseObject({ reasoning_tokens: z.int() }).optional(),
});

const response = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.number().meta({ description: 'Seconds since the epoch.' }),
  model: z.string(),
  status: z.string().optional(),
  output: z.array(item),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.looseObject({ reason: z.string().optional() }).nullable(),
  usage: usage.nullish(),
});

const compacted = z.looseObject({
  id: z.string(),
  object: z.literal('response.compaction'),
  created_at: z.number().meta({ description: 'Seconds since the epoch.' }),
  output: z.array(item),
  usage: usage.optional(),
});

const sequence_number = z.int().meta({ description: 'Counted from 0, without gaps.' });
const place = { sequence_number, item_id: z.string(), output_index: z.int() };
const content = { ...place, content_index: z.int() };

const event = z.union([
  z.looseObject({
    type: z.enum(['response.created', 'response.in_progress', 'response.completed', 'response.incomplete']),
    sequence_number,
    response,
  }),
  z.looseObject({
    type: z.enum(['response.output_item.added', 'response.output_item.done']),
    sequence_number,
    output_index: z.int(),
    item,
  }),
  z.looseObject({ type: z.enum(['response.content_part.added', 'response.content_part.done']), ...content, part }),
  z.looseObject({
    type: z.enum(['response.output_text.delta', 'response.refusal.delta', 'response.reasoning_text.delta']),
    ...content,
    delta: z.string(),
  }),
  z.looseObject({ type: z.literal('response.output_text.done'), ...content, text: z.string() }),
  z.looseObject({
    type: z.literal('response.reasoning_summary_text.delta'),
    ...place,
    summary_index: z.int(),
    delta: z.string(),
  }),
  z.looseObject({
    type: z.enum(['response.function_call_arguments.delta', 'response.custom_tool_call_input.delta']),
    ...place,
    delta: z.string(),
  }),
  z.looseObject({ type: z.literal('response.function_call_arguments.done'), ...place, arguments: z.string() }),
  z.looseObject({ type: z.literal('response.custom_tool_call_input.done'), ...place, input: z.string() }),
  z.looseObject({ type: otherType, sequence_number }),
]);

const MESSAGE = Object.freeze({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Hello to you too.', annotations: [] }],
});

/** The answers of OpenAI's Responses API by name. */
export const RESPONSE_ANSWERS = Object.freeze({
  Response: {
    schema: response,
    example: {
      id: 'resp_1',
      object: 'response',
      created_at: 1_790_000_000,
      model: 'gpt-5.2',
      status: 'completed',
      output: [MESSAGE],
      error: null,
      incomplete_details: null,
      usage: { input_tokens: 9, output_tokens: 5, total_tokens: 14 },
    },
  },
  ResponseStreamEvent: {
    schema: event,
    example: {
      type: 'response.output_text.delta',
      sequence_number: 4,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: 'Hello',
    },
  },
  CompactedResponse: {
    schema: compacted,
    example: {
      id: 'resp_2',
      object: 'response.compaction',
      created_at: 1_790_000_000,
      output: [{ type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAA' }],
    },
  },
  ResponseDeleted: {
    schema: z.looseObject({ id: z.string(), object: z.literal('response.deleted'), deleted: z.literal(true) }),
    example: { id: 'resp_1', object: 'response.deleted', deleted: true },
  },
  ResponseItemList: {
    schema: z.looseObject({
      object: z.literal('list'),
      data: z.array(z.looseObject({ id: z.string() })),
      has_more: z.boolean(),
      first_id: z.string().nullable(),
      last_id: z.string().nullable(),
    }),
    example: {
      object: 'list',
      data: [{ id: 'item_0', role: 'user', content: 'Hello.' }],
      has_more: false,
      first_id: 'item_0',
      last_id: 'item_0',
    },
  },
} satisfies Record<string, Described>);
