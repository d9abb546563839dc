import type { Kysely } from 'kysely';
import type { AuditEntry } from '../domain/key-record.ts';
import { batches, type Database } from './database.ts';
import { storable } from './storable.ts';
import type { AuditQuery } from './store.ts';
import type { Tables } from './tables.ts';

/** Adds rows to the audit trail, in the transaction of what they are about. */
export async function insertAudit(transaction: Kysely<Tables>, entries: readonly AuditEntry[]): Promise<void> {
  const rows = entries.map((entry) => ({
    at: entry.at,
    actor_id: storable(entry.actorId),
    actor_name: storable(entry.actorName),
    via: entry.via,
    action: entry.action,
    target: storable(entry.target),
    tenant: storable(entry.tenant),
    before: jsonOf(entry.before),
    after: jsonOf(entry.after),
    request_id: entry.requestId === undefined ? null : storable(entry.requestId),
    remote: entry.remote === undefined ? null : storable(entry.remote),
  }));
  for (const part of batches(rows)) await transaction.insertInto('audit').values(part).execute();
}

/** Reads a page of the audit trail, the newest entry first. */
export async function auditPage(
  { queries }: Database,
  query: AuditQuery,
): Promise<readonly (AuditEntry & { readonly no: number })[]> {
  const { actor, target, action, tenant, before, limit } = query;
  const rows = await queries
    .selectFrom('audit')
    .selectAll()
    .$if(actor !== undefined, (all) => all.where('actor_id', '=', actor ?? ''))
    .$if(target !== undefined, (all) => all.where('target', '=', target ?? ''))
    .$if(action !== undefined, (all) => all.where('action', '=', action ?? ''))
    .$if(tenant !== undefined, (all) => all.where('tenant', '=', tenant ?? ''))
    .$if(before !== undefined, (all) => all.where('no', '<', before ?? 0))
    .orderBy('no', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    no: row.no,
    at: row.at,
    actorId: row.actor_id,
    actorName: row.actor_name,
    via: row.via,
    action: row.action,
    target: row.target,
    tenant: row.tenant,
    before: objectOf(row.before),
    after: objectOf(row.after),
    requestId: row.request_id ?? undefined,
    remote: row.remote ?? undefined,
  }));
}

function jsonOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function objectOf(text: string | null): object | undefined {
  if (text === null) return undefined;
  const value: object = JSON.parse(text);
  return value;
}
