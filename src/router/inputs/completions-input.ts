import { z } from 'zod';
import type { CompletionsInput } from '../../domain/completions.ts';
import { model, passed, streamMember, typed } from './fields.ts';

const completion = z.looseObject({
  model,
  // Its operation checks it, also that it is there: it may be large, and is not parsed.
  prompt: z
    .unknown()
    .optional()
    .meta({
      anyOf: [{ type: 'string' }, { type: 'array', items: {}, minItems: 1 }],
      description: 'A text, a list of texts, or tokens.',
    }),
  suffix: passed('string', 'The text behind the completion.'),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: passed('integer', 'Maximum number of tokens to generate.'),
  temperature: passed('number', 'Sampling temperature.'),
  top_p: passed('number', 'Nucleus sampling.'),
  n: passed('integer', 'Number of choices to generate for each prompt.'),
  best_of: passed('integer', 'Number of choices of which the best are returned.'),
  echo: passed('boolean', 'Whether the answer begins with the prompt.'),
  logprobs: passed('integer', 'How many of the most likely tokens are returned with their probabilities.'),
  stop: passed(['string', 'array'], 'The text, or list of texts, at which generation stops.'),
  seed: passed('integer', 'Seed for repeatable sampling, where the provider supports it.'),
});

/** Input of a completion without a stream. */
export const completionsInput = typed<CompletionsInput<false>>(
  completion
    .extend({ stream: streamMember({ value: false, other: 'completions.stream' }) })
    .meta({ id: 'CompletionRequest', required: ['prompt'] }),
);

/** Input of a streamed completion. */
export const completionsStreamInput = typed<CompletionsInput<true>>(
  completion.extend({ stream: streamMember({ value: true, other: 'completions.create' }) }),
);
