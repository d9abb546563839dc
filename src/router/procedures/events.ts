import { watchInput } from '../inputs/watch-input.ts';
import { procedure } from '../procedure.ts';

/** `events.*`: what happens to requests, while it happens. */
export const events = {
  watch: procedure
    .meta({
      access: 'viewer',
      summary: 'Requests, their attempts and the limits, as they change. Events are lost where there are too many.',
    })
    .input(watchInput)
    .subscription(({ ctx: { call }, input = {} }) => call.services.watchEvents(call.scope, input)),
};
