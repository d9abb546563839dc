import { GatewayError } from '../../domain/errors.ts';
import { type About, type Health, toSummary } from '../../domain/models.ts';
import { ANONYMOUS, LOCAL } from '../../domain/principal.ts';
import { procedure } from '../procedure.ts';

/** `health.*`: the probes of load balancers and orchestrators, and what answers here. */
export const health = {
  live: procedure
    .meta({
      access: 'public',
      summary: 'Whether the process runs. Answers at `/health` too.',
      rest: { method: 'GET', path: '/livez', aliases: ['/health'], prefix: 'root', answers: 'Health' },
    })
    .query((): Health => ({ status: 'ok' })),
  ready: procedure
    .meta({
      access: 'public',
      summary: 'Whether the gateway accepts requests.',
      rest: { method: 'GET', path: '/readyz', prefix: 'root', answers: 'Health' },
    })
    .query(({ ctx: { call } }): Health => {
      if (!call.services.ready())
        throw new GatewayError('not_ready', { message: 'The gateway accepts no requests at present.' });
      // The probe is public; only other roles than `caller` may see the configuration.
      if (call.scope.principal.role === 'caller') return { status: 'ok' };
      return { status: 'ok', configuration: toSummary(call.services.configuration()) };
    }),
  about: procedure
    .meta({
      access: 'public',
      summary: 'What answers here, and where its documents and models are. The version for clients with a key only.',
      rest: { method: 'GET', path: '/', prefix: 'root', answers: 'About' },
    })
    .query(({ ctx: { call } }): About => {
      const { principal } = call.scope;
      const hasKey = principal !== ANONYMOUS && principal !== LOCAL;
      return { ...ABOUT, ...(hasKey ? { version: call.services.version } : {}) };
    }),
};

const ABOUT: About = Object.freeze({
  name: 'spillway',
  docs: '/docs/',
  openapi: '/openapi.json',
  models: '/v1/models',
});
