import type { Message, MessageStreamEvent, TokenCount } from '../../domain/messages.ts';
import { countTokens } from '../count-tokens.ts';
import { countTokensInput, messagesInput, messagesStreamInput } from '../inputs/messages-input.ts';
import { procedure } from '../procedure.ts';

/** `messages.*`, named as in Anthropic's SDK. */
export const messages = {
  create: procedure
    .meta({
      access: 'caller',
      summary: 'Answers a conversation of Anthropic’s Messages API, whole or as a stream.',
      operation: 'messages',
      rest: {
        method: 'POST',
        path: '/messages',
        prefix: 'v1',
        answers: 'Message',
        streams: 'messages.stream',
        events: 'MessageStreamEvent',
      },
    })
    .input(messagesInput)
    .mutation(({ ctx, input }) => ctx.call.answer<Message>({ operation: 'messages', input })),
  stream: procedure
    .meta({ access: 'caller', summary: 'Answers a conversation event by event.', operation: 'messages' })
    .input(messagesStreamInput)
    .subscription(({ ctx, input }) => ctx.call.stream<MessageStreamEvent>({ operation: 'messages', input })),
  countTokens: procedure
    .meta({
      access: 'caller',
      summary: 'Counts the tokens that a message would have as input; estimates them where no provider counts.',
      operation: 'messages.count_tokens',
      rest: { method: 'POST', path: '/messages/count_tokens', prefix: 'v1', answers: 'TokenCount' },
    })
    .input(countTokensInput)
    .mutation(({ ctx, input }): Promise<TokenCount> => countTokens(ctx.call, input)),
};
