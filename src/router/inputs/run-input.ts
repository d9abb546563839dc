import { z } from 'zod';
import type { ChatInput } from '../../domain/chat.ts';
import { CUT_POLICIES, DISCONNECT_POLICIES, MAX_IDEMPOTENCY_KEY, type RunOptions } from '../../domain/run.ts';
import { chat } from './chat-input.ts';
import { streamMember, typed } from './fields.ts';

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
