import type { ChatCompletion, ChatCompletionChunk } from '../../domain/chat.ts';
import { chatInput, chatStreamInput } from '../inputs/chat-input.ts';
import { procedure } from '../procedure.ts';

/** `chat.*`, named as in OpenAI's SDK. */
export const chat = {
  completions: {
    create: procedure
      .meta({
        access: 'caller',
        summary: 'Answers a conversation, whole or as a stream.',
        operation: 'chat.completions',
        rest: {
          method: 'POST',
          path: '/chat/completions',
          prefix: 'v1',
          answers: 'ChatCompletion',
          streams: 'chat.completions.stream',
        },
      })
      .input(chatInput)
      .mutation(({ ctx, input }) => ctx.call.answer<ChatCompletion>({ operation: 'chat.completions', input })),
    stream: procedure
      .meta({ access: 'caller', summary: 'Answers a conversation chunk by chunk.', operation: 'chat.completions' })
      .input(chatStreamInput)
      .subscription(({ ctx, input }) => ctx.call.stream<ChatCompletionChunk>({ operation: 'chat.completions', input })),
  },
};
