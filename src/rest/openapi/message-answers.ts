import { z } from 'zod';
import { type Described, otherType } from './described.ts';

const block = z.union([
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.looseObject({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
  z.looseObject({ type: otherType }),
]);

const count = z.int().nullish();

const message = z.looseObject({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(block),
  stop_reason: z.string().nullable(),
  stop_sequence: z.string().nullable(),
  usage: z.looseObject({
    input_tokens: z.int().meta({ description: 'Tokens that no cache has.' }),
    output_tokens: z.int(),
    cache_creation_input_tokens: count,
    cache_read_input_tokens: count,
  }),
});

const delta = z.union([
  z.looseObject({ type: z.literal('text_delta'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.looseObject({ type: z.literal('signature_delta'), signature: z.string() }),
  z.looseObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  z.looseObject({ type: otherType }),
]);

const event = z.union([
  z.looseObject({ type: z.literal('message_start'), message }),
  z.looseObject({ type: z.literal('content_block_start'), index: z.int(), content_block: block }),
  z.looseObject({ type: z.literal('content_block_delta'), index: z.int(), delta }),
  z.looseObject({ type: z.literal('content_block_stop'), index: z.int() }),
  z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject({ stop_reason: z.string().nullable(), stop_sequence: z.string().nullable() }),
    usage: z.looseObject({
      output_tokens: z.int(),
      input_tokens: count,
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
    }),
  }),
  z.looseObject({ type: z.literal('message_stop') }),
  z.looseObject({ type: z.literal('ping') }),
  z.looseObject({ type: otherType }),
]);

/** The answers of Anthropic's Messages API by name. */
export const MESSAGE_ANSWERS = Object.freeze({
  Message: {
    schema: message,
    example: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: 'Hello to you too.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 9, output_tokens: 5 },
    },
  },
  MessageStreamEvent: {
    schema: event,
    example: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  },
  TokenCount: { schema: z.looseObject({ input_tokens: z.int() }), example: { input_tokens: 9 } },
} satisfies Record<string, Described>);
