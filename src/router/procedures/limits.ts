import type { LimitList } from '../../domain/limit-list.ts';
import { procedure } from '../procedure.ts';

/** `limits.*`: what is known of the providers' limits. */
export const limits = {
  list: procedure
    .meta({
      access: 'viewer',
      summary: 'The limits of every model under every key, and what is used of them.',
      rest: { method: 'GET', path: '/limits', prefix: 'v1', answers: 'LimitList' },
    })
    .query(({ ctx: { call } }): LimitList => ({ object: 'list', data: call.services.limits(call.scope) })),
  watch: procedure
    .meta({ access: 'viewer', summary: 'The limits as they change: every row first, then each row that changes.' })
    .subscription(({ ctx: { call } }) => call.services.watchLimits(call.scope)),
};
