import type { Completion } from '../../domain/completions.ts';
import { completionsInput, completionsStreamInput } from '../inputs/completions-input.ts';
import { procedure } from '../procedure.ts';

/** `completions.*`, named as in OpenAI's SDK. */
export const completions = {
  create: procedure
    .meta({
      access: 'caller',
      summary: 'Continues a text, whole or as a stream.',
      operation: 'completions',
      rest: {
        method: 'POST',
        path: '/completions',
        prefix: 'v1',
        answers: 'Completion',
        streams: 'completions.stream',
        events: 'Completion',
      },
    })
    .input(completionsInput)
    .mutation(({ ctx, input }) => ctx.call.answer<Completion>({ operation: 'completions', input })),
  stream: procedure
    .meta({ access: 'caller', summary: 'Continues a text chunk by chunk.', operation: 'completions' })
    .input(completionsStreamInput)
    .subscription(({ ctx, input }) => ctx.call.stream<Completion>({ operation: 'completions', input })),
};
