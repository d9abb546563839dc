import type { ProviderList } from '../../domain/provider-list.ts';
import { providerHealthInput } from '../inputs/operator-inputs.ts';
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
  health: procedure
    .meta({
      access: 'viewer',
      summary: 'What became of the attempts at each model, by hour and outcome.',
      rest: { method: 'GET', path: '/providers/health', prefix: 'v1', answers: 'ProviderHealth', strictQuery: true },
    })
    .input(providerHealthInput)
    .query(({ ctx: { call }, input = {} }) => call.services.operators.providerHealth(call.scope, input)),
};
