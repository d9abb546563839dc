import type { Embeddings } from '../../domain/embeddings.ts';
import { embeddingsInput } from '../inputs/embeddings-input.ts';
import { procedure } from '../procedure.ts';

/** `embeddings.*`, named as in OpenAI's SDK. */
export const embeddings = {
  create: procedure
    .meta({
      access: 'caller',
      summary: 'Turns texts into vectors.',
      operation: 'embeddings',
      rest: { method: 'POST', path: '/embeddings', prefix: 'v1', answers: 'Embeddings' },
    })
    .input(embeddingsInput)
    .mutation(({ ctx, input }) => ctx.call.answer<Embeddings>({ operation: 'embeddings', input })),
};
