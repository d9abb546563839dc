import { GatewayError } from '../../domain/errors.ts';
import { type Health, toSummary } from '../../domain/models.ts';
import { procedure } from '../procedure.ts';

/** `health.*`: the probes of load balancers and orchestrators. */
export const health = {
  live: procedure
    .meta({
      access: 'public',
      summary: 'Whether the process runs.',
      rest: { method: 'GET', path: '/livez', prefix: 'root', answers: 'Health' },
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
};
