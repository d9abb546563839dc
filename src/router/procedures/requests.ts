import type { RequestBodies } from '../../domain/kept-bodies.ts';
import type { RequestList, RequestRecord, RequestsForgotten } from '../../domain/request-list.ts';
import { requestForgetInput, requestIdInput, requestListInput, requestTailInput } from '../inputs/request-inputs.ts';
import { procedure } from '../procedure.ts';

/** `requests.*`: the request log. */
export const requests = {
  list: procedure
    .meta({
      access: 'caller',
      summary: 'The requests that have ended, the newest first, page by page. A caller sees its own.',
      rest: { method: 'GET', path: '/requests', prefix: 'v1', answers: 'RequestList', strictQuery: true },
    })
    .input(requestListInput)
    .query(({ ctx: { call }, input = {} }): Promise<RequestList> => call.services.requests.list(call.scope, input)),
  retrieve: procedure
    .meta({
      access: 'caller',
      summary: 'One request: by the id of its row, by the gateway’s id, or the newest one of the client’s own id.',
      rest: { method: 'GET', path: '/requests/{id}', prefix: 'v1', answers: 'RequestRecord' },
    })
    .input(requestIdInput)
    .query(({ ctx: { call }, input }): Promise<RequestRecord> => call.services.requests.retrieve(call.scope, input.id)),
  body: procedure
    .meta({
      access: 'admin',
      summary: 'The bodies of one request, redacted, for keys with `bodies: true`. Each reading is in the audit trail.',
      rest: { method: 'GET', path: '/requests/{id}/body', prefix: 'v1', answers: 'RequestBodies' },
    })
    .input(requestIdInput)
    .query(({ ctx: { call }, input }): Promise<RequestBodies> => call.services.requests.body(call.scope, input.id)),
  forget: procedure
    .meta({
      access: 'admin',
      summary: 'Deletes the rows of an end user, a key or a tenant, or those of the ids. Sums of usage stay.',
      rest: { method: 'POST', path: '/requests/forget', prefix: 'v1', answers: 'RequestsForgotten' },
    })
    .input(requestForgetInput)
    .mutation(({ ctx: { call }, input }): Promise<RequestsForgotten> =>
      call.services.requests.forget(call.scope, input),
    ),
  tail: procedure
    .meta({
      access: 'viewer',
      summary: 'Requests as they end, in this process. Requests are lost where there are too many.',
    })
    .input(requestTailInput)
    .subscription(({ ctx: { call }, input = {} }) => call.services.requests.tail(call.scope, input)),
};
