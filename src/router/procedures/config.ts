import { configCheckInput } from '../inputs/operator-inputs.ts';
import { procedure } from '../procedure.ts';

/** `config.*`: the configuration, which only its file changes. */
export const config = {
  retrieve: procedure
    .meta({
      access: 'viewer',
      summary: 'The configuration that is served, without its secrets, and the problems of a newer one.',
      rest: { method: 'GET', path: '/config', prefix: 'v1', answers: 'ConfigView' },
    })
    .query(({ ctx: { call } }) => call.services.operators.config(call.scope)),
  check: procedure
    .meta({
      access: 'admin',
      summary:
        'The problems of a configuration, or what a reload would change. Nothing is applied, no variable is read and no file opened.',
      rest: { method: 'POST', path: '/config/check', prefix: 'v1', answers: 'ConfigCheck' },
    })
    .input(configCheckInput)
    .mutation(({ ctx: { call }, input }) => call.services.operators.checkConfig(call.scope, input)),
};
