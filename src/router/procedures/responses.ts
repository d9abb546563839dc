import type { CompactedResponse, Response, ResponseStreamEvent } from '../../domain/responses.ts';
import { compactInput, responsesInput, responsesStreamInput } from '../inputs/responses-input.ts';
import { procedure } from '../procedure.ts';

/** `responses.*`, named as in OpenAI's SDK. */
export const responses = {
  create: procedure
    .meta({
      access: 'caller',
      summary: 'Answers a conversation of OpenAI’s Responses API, whole or as a stream.',
      operation: 'responses',
      rest: {
        method: 'POST',
        path: '/responses',
        prefix: 'v1',
        answers: 'Response',
        streams: 'responses.stream',
        events: 'ResponseStreamEvent',
      },
    })
    .input(responsesInput)
    .mutation(({ ctx, input }) => ctx.call.answer<Response>({ operation: 'responses', input })),
  stream: procedure
    .meta({ access: 'caller', summary: 'Answers a conversation event by event.', operation: 'responses' })
    .input(responsesStreamInput)
    .subscription(({ ctx, input }) => ctx.call.stream<ResponseStreamEvent>({ operation: 'responses', input })),
  compact: procedure
    .meta({
      access: 'caller',
      summary: 'Replaces a conversation by a shorter one, where a provider of the same API serves it.',
      operation: 'responses.compact',
      rest: { method: 'POST', path: '/responses/compact', prefix: 'v1', answers: 'CompactedResponse' },
    })
    .input(compactInput)
    .mutation(({ ctx, input }) => ctx.call.answer<CompactedResponse>({ operation: 'responses.compact', input })),
};
