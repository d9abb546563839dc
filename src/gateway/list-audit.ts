import type { AuditInput, AuditList } from '../domain/audit-list.ts';
import type { RequestScope } from '../domain/scope.ts';
import { fromStore } from '../store/from-store.ts';
import type { Store } from '../store/store.ts';

const USUAL_ENTRIES = 50;

/**
 * A page of the audit trail, as far as the principal may see it: one with a tenant sees that tenant's entries, whatever the input says. Rejects with
 * `store_unavailable`.
 */
export async function listAudit(
  { records }: Pick<Store, 'records'>,
  { principal: { tenant: own } }: Pick<RequestScope, 'principal'>,
  { limit = USUAL_ENTRIES, tenant = own, ...input }: AuditInput,
): Promise<AuditList> {
  if (own !== '' && tenant !== own) return { object: 'list', data: [], has_more: false, next: null };
  const filter = tenant === '' ? {} : { tenant };
  const found = await fromStore(records.audit({ ...input, ...filter, limit: limit + 1 }));
  const page = found.slice(0, limit);
  const hasMore = found.length > limit;
  return {
    object: 'list',
    data: page.map(
      ({ no, at, actorId, actorName, via, action, target, before, after, requestId, remote, ...entry }) => ({
        no,
        object: 'audit.entry',
        at,
        actor: { id: actorId, name: actorName },
        via,
        action,
        target,
        tenant: entry.tenant || null,
        before: before ?? null,
        after: after ?? null,
        request_id: requestId ?? null,
        remote: remote ?? null,
      }),
    ),
    has_more: hasMore,
    next: hasMore ? (page.at(-1)?.no ?? null) : null,
  };
}
