import type { AuditEntry } from '../domain/key-record.ts';
import type { Principal } from '../domain/principal.ts';

/** The principal that reads or changes keys, and where from. */
export interface Actor {
  readonly principal: Principal;
  readonly via: AuditEntry['via'];
  readonly requestId?: string | undefined;
  /** The client's address. */
  readonly remote?: string | undefined;
}

/** What an actor has done, for the audit trail. */
export type Deed = Pick<AuditEntry, 'action' | 'target' | 'tenant' | 'before' | 'after'>;

/** The audit entry of a deed, at `at` milliseconds since the epoch. */
export function auditOf({ principal, via, requestId, remote }: Actor, deed: Deed, at: number): AuditEntry {
  return { at, actorId: principal.id, actorName: principal.name, via, requestId, remote, ...deed };
}
