import { auditInput } from '../inputs/operator-inputs.ts';
import { procedure } from '../procedure.ts';

/** `audit.*`: the changes by operators. */
export const audit = {
  list: procedure
    .meta({
      access: 'admin',
      summary: 'The changes by operators, the newest first, page by page.',
      rest: { method: 'GET', path: '/audit', prefix: 'v1', answers: 'AuditList' },
    })
    .input(auditInput)
    .query(({ ctx: { call }, input = {} }) => call.services.operators.audit(call.scope, input)),
};
