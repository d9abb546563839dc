import { z } from 'zod';
import { MAX_MODELS, MAX_NAME_LENGTH } from '../config/resolve-models.ts';
import type { ChatInput } from '../domain/chat.ts';
import { CUT_POLICIES, DISCONNECT_POLICIES, MAX_IDEMPOTENCY_KEY, type RunOptions } from '../domain/run.ts';
import type { EmbeddingsInput } from '../domain/embeddings.ts';
import { MOST_ATTEMPTS } from '../operations/chat-answer-check.ts';
import { WATCH_KINDS, type WatchInput } from '../domain/watched-event.ts';
import { OPERATION_NAMES } from '../operations/names.ts';
import type { ExplainedInput, ExplainInput } from './explain-input.ts';

/** Most chains that one subscription may name. */
const MAX_WATCHED_CHAINS = 100;

/** What JSON Schema says of a list. */
interface ArraySchema {
  readonly items: object;
  readonly maxItems?: number;
}

type Kind = 'string' | 'number' | 'integer' | 'array' | 'object';

/** A field that is documented and sent on, but not checked: the provider decides. In OpenAI's API null means absent. */
function passed(kinds: Kind | readonly Kind[], description: string, array: ArraySchema = { items: {} }) {
  const type = [...[kinds].flat(), 'null'];
  const items = type.includes('array') ? array : {};
  const members = type.includes('object') ? { additionalProperties: {} } : {};
  return z
    .unknown()
    .optional()
    .meta({ type, ...items, ...members, description });
}

const model = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .optional()
  .meta({ description: 'A chain, an alias or provider/model; the default chain unless given.' });

const chat = z.looseObject({
  model,
  // Not checked here: where the provider tries further models by itself, the list is the provider's.
  models: passed(
    'array',
    'Further chains, aliases or provider/model, at most 20, whose entries are tried after those of `model`.',
    { items: { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH }, maxItems: MAX_MODELS },
  ),
  // Its operation checks it, also that it is there: it may be large, and is not parsed.
  messages: z
    .unknown()
    .optional()
    .meta({
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: { role: { type: 'string', examples: ['system', 'user', 'assistant', 'tool'] } },
        required: ['role'],
        additionalProperties: {},
      },
      description: 'The conversation so far, in the roles and parts of the OpenAI API.',
    }),
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

const runOptions = z
  .strictObject({
    disconnect: z.enum(DISCONNECT_POLICIES).optional().meta({
      description: 'What happens when the last reader disconnects: the run ends, continues for graceMs, or to its end.',
    }),
    graceMs: z.number().min(0).optional().meta({
      description: 'Milliseconds for which a detached run continues without a reader. Default: 30000.',
    }),
    onCut: z.enum(CUT_POLICIES).optional().meta({
      description: 'What happens when the answer breaks off: the run fails, or it begins again once. Default: error.',
    }),
    idempotencyKey: z.string().min(1).max(MAX_IDEMPOTENCY_KEY).optional().meta({
      description: 'An equal request with the same key gets the same run while it is kept.',
    }),
  })
  .meta({ description: 'How the run lives. No provider gets this member.' });

/** Input of a run: that of a streamed chat completion, and how the run lives. */
export const runInput = typed<ChatInput<true> & { readonly run?: RunOptions | undefined }>(
  chat
    .extend({
      stream: streamMember({ value: true, other: 'chat.completions.create' }),
      run: runOptions.optional(),
    })
    .meta({ id: 'RunRequest', required: ['messages'] }),
);

/** Input that names a run. */
export const runId = z.object({
  runId: z
    .string()
    .regex(/^run_[0-9a-f]{32}$/, 'must be the id of a run')
    .meta({ description: 'The id of the run.' }),
});

/** Input for the events of a run. */
export const runReading = runId.extend({
  lastEventId: z.string().optional().meta({ description: 'The id of the last event that the reader has.' }),
  starting_after: z.int().min(0).optional().meta({ description: 'The same as a number.' }),
  include: z.literal('all').optional().meta({
    description: '`all`: over REST also the events that are no chunks, each under its name.',
  }),
});

/** Input of embeddings. */
export const embeddingsInput = typed<EmbeddingsInput>(
  z
    .looseObject({
      model,
      input: z
        .unknown()
        .optional()
        .meta({
          anyOf: [{ type: 'string' }, { type: 'array', items: {}, minItems: 1 }],
          description: 'A text, a list of texts, or tokens; a list has one item at least.',
        }),
      encoding_format: passed('string', 'float or base64.'),
      dimensions: passed('integer', 'Number of dimensions, where the model supports a choice.'),
    })
    .meta({ id: 'EmbeddingsRequest', required: ['input'] }),
);

/** Input of a plan: the body of a chat completion, or of the operation that `operation` names. */
export const explainInput = typed<ExplainedInput, ExplainInput>(
  z
    .looseObject({
      model,
      operation: z
        .enum(OPERATION_NAMES)
        .default('chat.completions')
        .meta({ description: 'The operation that the rest of the body is a request for.' }),
      stream: z.boolean().nullish(),
      messages: z.array(z.unknown()).nullish().meta({ description: 'The conversation. Its size counts in the plan.' }),
    })
    .meta({ id: 'ChainExplainRequest' }),
);

/** What of all events is watched; every event unless given. */
export const watchInput = typed<WatchInput | undefined>(
  z
    .strictObject({
      chains: z
        .array(z.string().min(1).max(MAX_NAME_LENGTH))
        .min(1)
        .max(MAX_WATCHED_CHAINS)
        .optional()
        .meta({ description: 'Chains, aliases or provider/model; all that the key may use unless given.' }),
      kinds: z
        .array(
          z.enum(WATCH_KINDS, { error: ({ input }) => `there is no kind ${quoted(input)}; the kinds are ${KINDS}` }),
        )
        .min(1)
        .optional()
        .meta({ description: 'Kinds of events; all of them unless given.' }),
    })
    .optional(),
);

const KINDS = WATCH_KINDS.join(', ');

/** A value of an input as its error quotes it, cut to 100 characters. */
function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 100);
}

/** The only value that a procedure accepts for `stream`, and the procedure for the other value. */
interface StreamMember {
  readonly value: boolean;
  readonly other: string;
}

function streamMember({ value, other }: StreamMember) {
  return z
    .literal(value, {
      error: ({ input }) => (input === !value ? `must not be ${!value}; call ${other} for that` : 'must be a boolean'),
    })
    .nullish();
}

/** Gives a schema the type that OpenAI's API documents. The schema checks only what the gateway uses; the provider checks the rest. */
function typed<Output, Input = Output>(schema: z.ZodType): z.ZodType<Output, Input> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the purpose of this function
  return schema as z.ZodType<Output, Input>;
}
