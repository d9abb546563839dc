import { z } from 'zod';
import type { Described } from './described.ts';

/** The answers of the procedures of runs, by name. Their answers and chunks are those of chat completions. */
export function runAnswers(completion: z.ZodType): { readonly Run: Described } {
  const seconds = z.int().meta({ description: 'Seconds since the epoch.' });
  const run = z.object({
    id: z.string(),
    object: z.literal('run'),
    status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted']),
    model: z.string().nullable().meta({ description: '`model` as it was requested.' }),
    created_at: seconds,
    ended_at: seconds.nullable(),
    expires_at: seconds.nullable().meta({ description: 'When an ended run is removed, in seconds since the epoch.' }),
    last_event_id: z.string().nullable(),
    usage: z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }).nullable(),
    error: z.looseObject({ message: z.string(), type: z.string(), status: z.int() }).nullable(),
    answer: completion.nullable().meta({ description: 'The whole answer of a completed run.' }),
  });
  return { Run: { schema: run, example: EXAMPLE } };
}

const EXAMPLE = Object.freeze({
  id: 'run_0123456789abcdef0123456789abcdef',
  object: 'run',
  status: 'running',
  model: 'default',
  created_at: 1_790_000_000,
  ended_at: null,
  expires_at: null,
  last_event_id: 'run_0123456789abcdef0123456789abcdef:2',
  usage: null,
  error: null,
  answer: null,
});
