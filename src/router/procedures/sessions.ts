import type { Session, SessionDeleted } from '../../domain/session.ts';
import { sessionInput } from '../inputs/session-input.ts';
import { procedure } from '../procedure.ts';

/** `sessions.*`: a browser logs in to the dashboard and out, and reads its identity. They are for browsers, and have no routes of the REST API. */
export const sessions = {
  create: procedure
    .meta({ access: 'public', summary: 'Logs a browser in with a key: the session is in a cookie.', alone: true })
    .input(sessionInput)
    .mutation(({ ctx: { call }, input }): Promise<Session> => call.services.sessions.create(call, input.key)),
  retrieve: procedure
    .meta({
      access: 'public',
      summary: 'The identity of the client of this request, and whether a browser could log in.',
    })
    .query(({ ctx: { call } }): Session => call.services.sessions.retrieve(call)),
  delete: procedure
    .meta({ access: 'public', summary: 'Logs the browser out. Doing it again changes nothing.', alone: true })
    .mutation(({ ctx: { call } }): Promise<SessionDeleted> => call.services.sessions.delete(call)),
};
