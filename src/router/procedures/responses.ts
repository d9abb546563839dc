import type {
  CompactedResponse,
  Response,
  ResponseDeleted,
  ResponseItemList,
  ResponseStreamEvent,
} from '../../domain/responses.ts';
import {
  compactInput,
  responseId,
  responseItemsInput,
  responseReading,
  responseRetrieval,
  responsesInput,
  responsesStreamInput,
} from '../inputs/responses-input.ts';
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
    .mutation(({ ctx, input }): Promise<Response> =>
      input.background === true
        ? ctx.call.createResponse({ operation: 'responses', input })
        : ctx.call.answer<Response>({ operation: 'responses', input }),
    ),
  stream: procedure
    .meta({ access: 'caller', summary: 'Answers a conversation event by event.', operation: 'responses' })
    .input(responsesStreamInput)
    .subscription(({ ctx, input }) =>
      input.background === true
        ? ctx.call.streamResponse({ operation: 'responses', input })
        : ctx.call.stream<ResponseStreamEvent>({ operation: 'responses', input }),
    ),
  retrieve: procedure
    .meta({
      access: 'caller',
      summary: 'A response that is generated in the background, as it is now, or one that is kept.',
      rest: {
        method: 'GET',
        path: '/responses/{response_id}',
        prefix: 'v1',
        answers: 'Response',
        streams: 'responses.events',
        events: 'ResponseStreamEvent',
        eventsOf: 'responses',
      },
    })
    .input(responseRetrieval)
    .query(({ ctx: { call }, input }): Promise<Response> =>
      call.services.responses.retrieve(call.scope, input.response_id),
    ),
  events: procedure
    .meta({
      access: 'caller',
      summary: 'The events of a response in the background, from the first one or behind one that the reader has.',
      resumable: 'by input',
    })
    .input(responseReading)
    .subscription(({ ctx: { call }, input: { response_id: id, starting_after: startingAfter, lastEventId } }) =>
      call.services.responses.events(call.scope, id, { startingAfter, lastEventId }),
    ),
  cancel: procedure
    .meta({
      access: 'caller',
      summary: 'Ends a response in the background and its request to the provider. After its end it changes nothing.',
      rest: {
        method: 'POST',
        path: '/responses/{response_id}/cancel',
        prefix: 'v1',
        answers: 'Response',
        body: 'none',
      },
    })
    .input(responseId)
    .mutation(({ ctx: { call }, input }): Promise<Response> =>
      call.services.responses.cancel(call.scope, input.response_id),
    ),
  delete: procedure
    .meta({
      access: 'caller',
      summary: 'Removes a response.',
      rest: { method: 'DELETE', path: '/responses/{response_id}', prefix: 'v1', answers: 'ResponseDeleted' },
    })
    .input(responseId)
    .mutation(async ({ ctx: { call }, input: { response_id: id } }): Promise<ResponseDeleted> => {
      await call.services.responses.remove(call.scope, id);
      return { id, object: 'response.deleted', deleted: true };
    }),
  inputItems: procedure
    .meta({
      access: 'caller',
      summary: 'The items of a kept response’s own request, page by page.',
      rest: {
        method: 'GET',
        path: '/responses/{response_id}/input_items',
        prefix: 'v1',
        answers: 'ResponseItemList',
      },
    })
    .input(responseItemsInput)
    .query(({ ctx: { call }, input }): ResponseItemList => call.services.responses.inputItems(call.scope, input)),
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
