import { z } from 'zod';
import { COMMIT_POLICIES } from '../../domain/chain.ts';
import { ADMIN_ANSWERS } from './admin-answers.ts';
import { REQUEST_ANSWERS } from './request-answers.ts';
import type { Described } from './described.ts';
import { ERROR_SCHEMAS } from './error-schemas.ts';
import { MESSAGE_ANSWERS } from './message-answers.ts';
import { OPERATORS } from './operators.ts';
import { RESPONSE_ANSWERS } from './response-answers.ts';
import { ACCOUNT_ANSWERS, ACCOUNT_REQUESTS } from './accounts.ts';
import { runAnswers } from './runs.ts';
import { USAGE_ANSWERS } from './usage-answers.ts';

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});

const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});

const toolCallPiece = z.looseObject({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.looseObject({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
});

const chatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int().meta({ description: 'Seconds since the epoch.' }),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      message: z.looseObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullish(),
        tool_calls: z.array(toolCall).optional(),
      }),
      finish_reason: z.string(),
    }),
  ),
  usage: usage.nullish(),
});

const chatCompletionChunk = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      delta: z.looseObject({
        role: z.string().optional(),
        content: z.string().nullish(),
        refusal: z.string().nullish(),
        tool_calls: z.array(toolCallPiece).optional(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: usage.nullish(),
});

const completion = z.looseObject({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int().meta({ description: 'Seconds since the epoch.' }),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      text: z.string(),
      finish_reason: z.string().nullable().meta({ description: 'Null in the chunks before the last one of a choice.' }),
    }),
  ),
  usage: usage.nullish(),
});

const embeddings = z.looseObject({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage: z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() }).optional(),
});

const model = z.object({
  id: z.string().meta({ description: 'A value for `model`.' }),
  object: z.literal('model'),
  type: z.literal('model'),
  display_name: z.string(),
  created: z.int(),
  created_at: z.string().meta({ description: '`created` as RFC 3339 writes it.' }),
  owned_by: z.string().meta({ description: 'The provider of a provider/model, else `spillway`.' }),
  context_length: z
    .int()
    .optional()
    .meta({ description: 'The smallest known context window of its entries, in tokens.' }),
  max_output_tokens: z
    .int()
    .optional()
    .meta({ description: 'The smallest known bound on the answers of its entries, in tokens.' }),
  modalities: z
    .array(z.enum(['text', 'image']))
    .optional()
    .meta({ description: 'What one of its entries takes at least.' }),
  capabilities: z
    .object({ tools: z.boolean().optional(), json_schema: z.boolean().optional() })
    .optional()
    .meta({ description: 'What one of its entries supports at least.' }),
});

const chain = z.object({
  id: z.string().meta({ description: 'A value for `model`.' }),
  object: z.literal('chain'),
  entries: z.array(z.object({ provider: z.string(), model: z.string() })),
  deadline: z.int().meta({ description: 'Longest time until the first token, in milliseconds.' }),
  commit: z.enum(COMMIT_POLICIES),
});

const about = z.object({
  name: z.string(),
  docs: z.string(),
  openapi: z.string(),
  models: z.string(),
  version: z.string().optional().meta({ description: 'For clients with a key only.' }),
});

const CHUNK = Object.freeze({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'm' });
const MODEL = Object.freeze({
  id: 'default',
  object: 'model',
  type: 'model',
  display_name: 'default',
  created: 0,
  created_at: '1970-01-01T00:00:00Z',
  owned_by: 'spillway',
  context_length: 131_072,
});

/** The API's answers by name. Clients see the interfaces of the domain as types; a test compares the two. */
export const ANSWERS = Object.freeze({
  ChatCompletion: {
    schema: chatCompletion,
    example: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_790_000_000,
      model: 'llama-3.3-70b-versatile',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello to you too.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
    },
  },
  ChatCompletionChunk: {
    schema: chatCompletionChunk,
    example: { ...CHUNK, choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }] },
  },
  Completion: {
    schema: completion,
    example: {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1_790_000_000,
      model: 'gpt-3.5-turbo-instruct',
      choices: [{ index: 0, text: ' upon a time', finish_reason: 'stop' }],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
    },
  },
  ...RESPONSE_ANSWERS,
  ...MESSAGE_ANSWERS,
  ...ACCOUNT_ANSWERS,
  Embeddings: {
    schema: embeddings,
    example: {
      object: 'list',
      model: 'text-embedding-3-small',
      data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
  },
  Model: { schema: model, example: MODEL },
  ModelList: {
    schema: z.object({
      object: z.literal('list'),
      data: z.array(model),
      has_more: z.boolean().meta({ description: 'Whether the limit has cut the list.' }),
      first_id: z.string().nullable(),
      last_id: z.string().nullable(),
      models: z.tuple([]).optional().meta({ description: 'Present where `client_version` was sent, and empty.' }),
    }),
    example: { object: 'list', data: [MODEL], has_more: false, first_id: 'default', last_id: 'default' },
  },
  ChainList: {
    schema: z.object({ object: z.literal('list'), data: z.array(chain) }),
    example: {
      object: 'list',
      data: [
        {
          id: 'default',
          object: 'chain',
          entries: [{ provider: 'groq', model: 'llama-3.3-70b-versatile' }],
          deadline: 600_000,
          commit: 'first-token',
        },
      ],
    },
  },
  ...OPERATORS,
  ...ADMIN_ANSWERS,
  ...USAGE_ANSWERS,
  ...REQUEST_ANSWERS,
  ...runAnswers(chatCompletion),
  About: {
    schema: about,
    example: { name: 'spillway', docs: '/docs/', openapi: '/openapi.json', models: '/v1/models' },
  },
  ...ERROR_SCHEMAS,
} satisfies Record<string, Described>);

/** Examples of request bodies, by the name of the input's schema. */
export const REQUESTS: Readonly<Record<string, unknown>> = Object.freeze({
  ChatCompletionRequest: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
  ChainExplainRequest: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
  RunRequest: { model: 'default', messages: [{ role: 'user', content: 'Hello' }], run: { disconnect: 'detach' } },
  CompletionRequest: { model: 'default', prompt: 'Once' },
  ResponsesRequest: { model: 'default', input: 'Hello' },
  CompactRequest: { model: 'default', input: [{ role: 'user', content: 'Hello' }] },
  MessagesRequest: { model: 'default', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] },
  CountTokensRequest: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
  ConfigCheckRequest: { text: 'providers: { groq: { preset: groq } }', format: 'yaml' },
  RequestForgetRequest: { user: 'ann@example.com', before: '2026-11-01' },
  ...ACCOUNT_REQUESTS,
  EmbeddingsRequest: { model: 'default', input: ['Hello', 'Good bye'] },
});
