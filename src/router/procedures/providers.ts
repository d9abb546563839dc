import type { ProviderList } from '../../domain/provider-list.ts';
import { procedure } from '../procedure.ts';

/** `providers.*`: how the providers work. */
export const providers = {
  list: procedure
    .meta({
      access: 'viewer',
      summary: 'The state of every model under every key: success, time to the first token, last failures, price.',
      rest: { method: 'GET', path: '/providers', prefix: 'v1', answers: 'ProviderList' },
    })
    .query(({ ctx: { call } }): ProviderList => ({
      object: 'list',
      data: call.services.operators.providers(call.scope),
    })),
};
