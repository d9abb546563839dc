import { z } from 'zod';
import type { Described } from './described.ts';

const ms = z.number().nullable().meta({ description: 'Milliseconds.' });
const count = z.int().nullable();

const step = z.object({
  provider: z.string(),
  model: z.string(),
  key: z.int().nullable().meta({ description: 'Position in the provider’s pool of keys, counted from 1.' }),
  outcome: z.string(),
  reason: z.string().nullable().meta({ description: 'Why an entry was skipped, or hedge_lost.' }),
  hedge: z.boolean(),
  status: z.int().nullable(),
  message: z.string().optional(),
  started_ms: ms.meta({ description: 'Milliseconds since the accept.' }),
  connected_ms: ms.meta({ description: 'From the start until the request was on a connection, in milliseconds.' }),
  first_token_ms: ms.meta({ description: 'From the start until a stream was the answer, in milliseconds.' }),
  duration_ms: ms.meta({ description: 'From the start until the outcome was known, in milliseconds.' }),
  input_tokens: count,
  output_tokens: count,
  cost_usd: z.number().nullable(),
});

const record = z.object({
  object: z.literal('request'),
  id: z.string(),
  request_id: z.string(),
  client_request_id: z.string().nullable(),
  accepted_at: z.int().meta({ description: 'Milliseconds since the epoch.' }),
  ended_at: z.int().meta({ description: 'Milliseconds since the epoch.' }),
  key: z.string(),
  tenant: z.string().nullable(),
  user: z.string().nullable(),
  tags: z.array(z.string()),
  door: z.string(),
  operation: z.string(),
  stream: z.boolean(),
  requested_model: z.string().nullable(),
  chain: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  status: z.int(),
  code: z.string(),
  attempts: z.int(),
  queued_ms: z.number(),
  committed_ms: ms,
  overhead_ms: ms,
  total_ms: z.number(),
  usage: z
    .object({
      input_tokens: count,
      cached_input_tokens: count,
      cache_write_tokens: count,
      audio_input_tokens: count,
      output_tokens: count,
      reasoning_tokens: count,
      audio_output_tokens: count,
      source: z.enum(['provider', 'estimated', 'none']),
    })
    .nullable(),
  cost_usd: z.number().nullable(),
  cost_source: z.enum(['provider', 'table', 'configured', 'none']),
  cost_approximate: z.boolean(),
  input_bytes: count,
  output_bytes: count,
  remote: z.string().nullable(),
  trace_id: z.string().nullable(),
  trail: z.array(step),
  trail_omitted: z.int().meta({ description: 'Steps that are left out before the last one.' }),
});

const body = z
  .object({
    format: z.enum(['json', 'events']),
    text: z.string().meta({ description: 'Strings without what was redacted: it is replaced by ***.' }),
    bytes: z.int().meta({ description: 'Size of the body as it was sent.' }),
    cut: z.boolean().meta({ description: 'Whether its end is missing.' }),
    redactions: z
      .record(z.string(), z.int())
      .meta({ description: 'How often something was replaced, by what it was.' }),
  })
  .nullable();

const RECORD = {
  object: 'request',
  id: 'r_6i9dlt7bg0000',
  request_id: 'req_01a0c0f0e4000123456789abcdef0123',
  client_request_id: null,
  accepted_at: 1_790_000_000_000,
  ended_at: 1_790_000_000_480,
  key: 'key_4mXk',
  tenant: 'acme',
  user: 'user_7sXq2mJc0aVfL1dWk9ZrTg',
  tags: ['team=search'],
  door: 'rest',
  operation: 'chat.completions.create',
  stream: false,
  requested_model: 'default',
  chain: 'default',
  provider: 'local',
  model: 'qwen3',
  status: 200,
  code: 'ok',
  attempts: 2,
  queued_ms: 0,
  committed_ms: 470.2,
  overhead_ms: 1.3,
  total_ms: 480,
  usage: {
    input_tokens: 120,
    cached_input_tokens: null,
    cache_write_tokens: null,
    audio_input_tokens: null,
    output_tokens: 30,
    reasoning_tokens: null,
    audio_output_tokens: null,
    source: 'provider',
  },
  cost_usd: 0,
  cost_source: 'none',
  cost_approximate: false,
  input_bytes: 412,
  output_bytes: 903,
  remote: '10.0.0.7',
  trace_id: null,
  trail: [
    {
      provider: 'groq',
      model: 'llama-3.3-70b-versatile',
      key: null,
      outcome: 'throttled',
      reason: null,
      hedge: false,
      status: 429,
      started_ms: 1.2,
      connected_ms: 12.4,
      first_token_ms: null,
      duration_ms: 62.4,
      input_tokens: null,
      output_tokens: null,
      cost_usd: null,
    },
    {
      provider: 'local',
      model: 'qwen3',
      key: null,
      outcome: 'answered',
      reason: null,
      hedge: false,
      status: 200,
      started_ms: 64,
      connected_ms: 0.3,
      first_token_ms: null,
      duration_ms: 406.1,
      input_tokens: 120,
      output_tokens: 30,
      cost_usd: 0,
    },
  ],
  trail_omitted: 0,
};

/** The answers about the request log, by name. */
export const REQUEST_ANSWERS = Object.freeze({
  RequestRecord: { schema: record, example: RECORD },
  RequestBodies: {
    schema: z.object({
      object: z.literal('request.body'),
      id: z.string(),
      request_id: z.string(),
      request: body,
      answer: body,
    }),
    example: {
      object: 'request.body',
      id: RECORD.id,
      request_id: RECORD.request_id,
      request: {
        format: 'json',
        text: '{"model":"default","messages":[{"role":"user","content":"Write to ***"}]}',
        bytes: 88,
        cut: false,
        redactions: { email: 1 },
      },
      answer: null,
    },
  },
  RequestsForgotten: {
    schema: z.object({ object: z.literal('requests.forgotten'), deleted: z.int() }),
    example: { object: 'requests.forgotten', deleted: 12 },
  },
  RequestList: {
    schema: z.object({
      object: z.literal('list'),
      data: z.array(record),
      has_more: z.boolean(),
      next: z.string().nullable().meta({ description: 'The value of `before`, or of `after`, for the next page.' }),
      searched_to: z
        .string()
        .nullable()
        .meta({ description: 'Where the search has stopped before the page was full, after many rows; else null.' }),
    }),
    example: { object: 'list', data: [RECORD], has_more: true, next: RECORD.id, searched_to: null },
  },
} satisfies Record<string, Described>);
