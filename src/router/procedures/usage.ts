import { usageInput } from '../inputs/operator-inputs.ts';
import { procedure } from '../procedure.ts';

/** `usage.*`: what was used, and what it cost. */
export const usage = {
  summary: procedure
    .meta({
      access: 'caller',
      summary:
        'Requests, tokens and cost by hour, day, key, tenant, chain, provider, model or code. A caller sees its own.',
      rest: { method: 'GET', path: '/usage', prefix: 'v1', answers: 'UsageSummary', strictQuery: true },
    })
    .input(usageInput)
    .query(({ ctx: { call }, input = {} }) => call.services.operators.usage(call.scope, input)),
  recent: procedure
    .meta({
      access: 'viewer',
      summary: 'The last 60 minutes of this process by minute, and the requests in progress.',
      rest: { method: 'GET', path: '/usage/recent', prefix: 'v1', answers: 'RecentUsage' },
    })
    .query(({ ctx: { call } }) => call.services.operators.recentUsage(call.scope)),
};
